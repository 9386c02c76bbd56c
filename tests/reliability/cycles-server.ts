/** A server and its clients in one process, which do the same over and over, and count what is alive then. */
import { createServer as createHttpServer } from 'node:http'
import { createClient, reduceTopic, safe, upsertBy } from '@trunkline/client'
import { tracked, trunkline } from '@trunkline/core'
import { createCaller, createMemoryBroker, createServer, type Server } from '@trunkline/server'
import { answerParent, createFaultProxy, eventually } from '@trunkline/testkit'
import * as v from 'valibot'
import { takeCensus } from './heap-census.js'

const t = trunkline()
const params = v.object({ id: v.string() })
const Item = v.object({ id: v.string() })
const authorize = ({ params: { id } }: { params: { id: string } }): boolean => id !== 'secret'
const room = t.topic({ params, event: v.number(), delivery: 'log', presence: Item, authorize })
const list = t.topic({ params, event: Item, delivery: 'log', snapshot: () => [{ id: 'a' }] })
const table = t.topic({ params, event: Item, delivery: 'latest', key: ({ id }) => id, throttle: { perSecond: 100 } })
const told = t.topic({ params, event: v.number(), delivery: 'ephemeral' })

/** Resolves when the caller is gone. */
const gone = (signal: AbortSignal): Promise<unknown> =>
  new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))

const router = t.router({
  room,
  list,
  table,
  told,
  echo: t.procedure.input(v.unknown()).query(({ input }) => input),
  hang: t.procedure.query(async ({ signal }) => void (await gone(signal))),
  fail: t.procedure.errors({ NO: v.string() }).mutation(({ errors }) => {
    throw errors.NO('never')
  }),
  once: t.procedure
    .input(v.string())
    .idempotent()
    .mutation(({ input }) => input),
  count: t.procedure.input(v.number()).subscription(async function* ({ input, signal }) {
    for (let n = 0; n < input; n++) yield tracked(String(n), n)
    if (input === 1) await gone(signal)
    if (input === 2) throw new Error('broken')
  }),
  later: t.lazy(async () => t.router({ ping: t.procedure.query(() => 'pong') })),
})

const options = {
  router,
  resumeMs: 400,
  presence: { graceMs: 100 },
  // Often, so that what was acknowledged is let go of soon.
  heartbeat: { intervalMs: 100, timeoutMs: 20_000 },
  limits: { maxIdempotencyKeys: 16, maxConnectionsPerAddress: 10_000, handshakesPerSecond: 10_000 },
}
const broker = createMemoryBroker()
const server = createServer({ ...options, broker })
server.on('handler-failed', () => {})
const { port } = await server.listen()
const network = await createFaultProxy({ targetPort: port })
const http = createHttpServer()
const quiet = { onEvent: () => {}, onGap: () => {} }

type Client = ReturnType<typeof createClient<typeof router>>
function connect(): Client {
  return createClient<typeof router>({ url: network.url, reconnect: { baseMs: 1, capMs: 5 } })
}
const client = connect()
const { api, connection } = client
const always = new AbortController().signal
const sessions = (count: number): Promise<unknown> => eventually(() => server.metrics().sessions === count)
let names = 0

/** Subscribes to one of each kind; gives what ends them all. */
function subscribeToAll({ api: of }: Client, id: string): () => void {
  const handles = [
    of.room.subscribe({ id }, { ...quiet, since: 'start', signal: always }),
    of.table.subscribe({ id }, quiet),
    of.told.subscribe({ id }, { ...quiet, signal: AbortSignal.any([new AbortController().signal]) }),
    of.count.subscribe(1, { onItem: () => {}, signal: always }),
    reduceTopic(
      of.list,
      { id },
      upsertBy((item) => item.id),
      { onState: () => {} },
    ),
  ]
  return () => {
    for (const handle of handles) handle.unsubscribe()
  }
}

/** What one round of each does; `n` counts them. */
const rounds: Readonly<Record<string, (n: number) => Promise<unknown>>> = {
  calls: async (n) => {
    await api.echo.query({ at: new Date(n), bytes: new Uint8Array(9) }, { signal: always })
    await api.echo.query(new File(['x'], 'x.txt'), { signal: always })
    const controller = new AbortController()
    const given = [
      safe(api.hang.query(undefined, { signal: controller.signal })),
      safe(api.echo.query(new Blob(['x']), { signal: AbortSignal.any([controller.signal]) })),
    ]
    controller.abort()
    await Promise.all([...given, safe(api.hang.query(undefined, { timeoutMs: 1 })), safe(api.fail.mutate())])
    await Promise.all([
      api.once.mutate('a', { key: `${n}` }),
      api.once.mutate('a', { key: `${n}` }),
      api.later.ping.query(),
    ])
  },
  streams: async (n) => {
    for await (const _ of api.count.subscribe(5, { signal: always }));
    for await (const _ of api.count.subscribe(1, { signal: always })) break
    const controller = new AbortController()
    const over = async (input: number, signal?: AbortSignal): Promise<void> => {
      for await (const _ of api.count.subscribe(input, { signal })) controller.abort()
    }
    await over(1, controller.signal).catch(() => {})
    await over(2).catch(() => {})
    const callbacks = api.count.subscribe(n % 3, { onItem: () => {}, signal: always })
    if (n % 2 === 0) await eventually(() => callbacks.status() !== 'connecting')
    callbacks.unsubscribe()
  },
  topics: async (n) => {
    // Few enough that each was there before: the broker remembers the place of a topic that nobody uses.
    const id = `topic ${names++ % 40}`
    const leave = subscribeToAll(client, id)
    // Left before they are answered, now and then.
    if (n % 4 > 0) await eventually(() => server.metrics().subscriptions >= 5)
    leave()
    const refused = api.room.subscribe({ id: 'secret' }, quiet)
    await eventually(() => refused.status() === 'closed')
  },
  presence: async (n) => {
    const id = `here ${names++}`
    let here = 0
    const joined = api.room.join({ id }, { id })
    const stop = joined.members.subscribe((_, count) => {
      here = count
    })
    if (n % 4 > 0) await eventually(() => here === 1)
    joined.update({ id: 'b' }, n % 2 > 0 ? { revertAfterMs: 1 } : {})
    joined.leave()
    stop()
    await new Promise<void>((resolve) => {
      api.room.join({ id: 'secret' }, { id }, { onError: () => resolve() })
    })
  },
  connections: async (n) => {
    const other = connect()
    const leave = subscribeToAll(other, 'a')
    other.api.room.join({ id: 'a' }, { id: 'a' }).members.subscribe(() => {})
    const hanging = safe(other.api.hang.query())
    await other.api.echo.query(n)
    network.cutAll()
    // In the same session, or in another one.
    if (n % 8 === 0) {
      network.refuse(true)
      network.cutAll()
      await sessions(0)
      network.refuse(false)
    }
    await other.api.echo.query(n)
    if (n % 2 === 0) leave()
    other.connection.close()
    await hanging
    await connection.connect()
    await sessions(1)
  },
  servers: async () => {
    const caller = createCaller({ router, broker, context: {} })
    await caller.echo.query(1)
    await caller.list.snapshot({ id: 'a' })
    for await (const _ of caller.count.subscribe(1)) break
    const others: Server[] = [createServer(options), createServer(options)]
    const [first, second] = others as [Server, Server]
    first.attach(http)()
    first.attach(http)
    const { port: own } = await second.listen()
    const visitor = createClient<typeof router>({ url: `ws://127.0.0.1:${own}` })
    subscribeToAll(visitor, 'a')
    visitor.api.room.join({ id: 'a' }, { id: 'a' })
    const hanging = safe(visitor.api.hang.query())
    await visitor.api.echo.query(1)
    await second.publish(room, { id: 'a' }, 1)
    await Promise.all(others.map((each) => each.close()))
    visitor.connection.close()
    await hanging
    if (http.listenerCount('upgrade') > 0) throw new Error('A server that was closed listens to upgrades.')
  },
}

answerParent(
  {
    run: async ({ name, count }: { name: string; count: number }) => {
      for (let n = 0; n < count; n++) await rounds[name]?.(n)
    },
    census: takeCensus,
  },
  Object.keys(rounds),
)
