// What happens to what is open when the rights of somebody change (P6.15).
import { type ClientAndConnection, createClient } from '@trunkline/client'
import { type TopicAction, trunkline } from '@trunkline/core'
import { createMemoryBroker, type Server } from '@trunkline/server'
import { createFaultProxy, eventually } from '@trunkline/testkit'
import * as v from 'valibot'
import { expect, onTestFinished, test } from 'vitest'
import { gate, openPeer, startServer } from './support/open-peer.js'

const t = trunkline<{ user: string; rooms: readonly string[] }>()
const params = v.object({ room: v.string() })
/** Set by a test: what else the answer depends on. */
let judge: (action: TopicAction, user: string) => boolean | Promise<boolean> = () => true
const room = t.topic({
  params,
  event: v.string(),
  delivery: 'log',
  retain: { events: 2_000, bytes: 67_108_864 },
  presence: v.object({ name: v.string() }),
  // What may be done is in the context, as the guide shows it.
  authorize: async ({ ctx, params, action }) => (await judge(action, ctx.user)) && ctx.rooms.includes(params.room),
})
const open = t.topic({ params, event: v.string(), delivery: 'log' })
const router = t.router({ room, open, ping: t.procedure.query(() => 'pong') })
const a = { room: 'a' }
const b = { room: 'b' }

type Api = ClientAndConnection<typeof router>

interface World {
  readonly server: Server
  readonly url: string
  readonly port: number
  /** The rooms of each user, as the database knows them. */
  readonly rooms: Map<string, string[]>
  /** `action on topic` of each refusal that was told. */
  readonly refusals: string[]
  connect(name: string, url?: string): Api
}

async function start(options: object = {}): Promise<World> {
  judge = () => true
  const rooms = new Map([
    ['ada', ['a', 'b']],
    ['bob', ['a', 'b']],
  ])
  const refusals: string[] = []
  const { server, url, port } = await startServer({
    router,
    authenticate: ({ token }: { token: string | undefined }) => ({ identity: token ?? '' }),
    context: ({ identity }: { identity: string }) => ({ user: identity, rooms: [...(rooms.get(identity) ?? [])] }),
    ...options,
  })
  server.on('topic-refused', ({ identity, action, topic }) => refusals.push(`${identity}: ${action} on ${topic}`))
  const connect = (name: string, to = url): Api => {
    const client = createClient<typeof router>({ url: to, auth: () => name, reconnect: { baseMs: 1, capMs: 10 } })
    onTestFinished(() => client.connection.close())
    return client
  }
  return { server, url, port, rooms, refusals, connect }
}

/** What a subscriber of a room is told: events, and the code that it was closed with. */
function listen(
  { api }: Api,
  where: { room: string },
  topic: 'room' | 'open' = 'room',
): { told: string[]; status(): string } {
  const told: string[] = []
  const handle = api[topic].subscribe(where, {
    since: 'start',
    onEvent: (event) => told.push(event),
    onGap: ({ reason }) => told.push(`gap ${reason}`),
    onStatus: (status, error) => status === 'closed' && told.push(`closed ${error?.code}`),
  })
  return { told, status: () => handle.status() }
}

test('who lost the right to a room gets nothing of it any more and is told; everything else goes on', async () => {
  const { server, rooms, refusals, connect } = await start()
  const audit: object[] = []
  server.on('reauthorized', (event) => audit.push(event))
  const [ada, bob] = [connect('ada'), connect('bob')]
  const lost = listen(ada, a)
  const kept = listen(ada, b)
  const free = listen(ada, a, 'open')
  const other = listen(bob, a)
  await eventually(() => [lost, kept, free, other].every(({ status }) => status() === 'live'))

  rooms.set('ada', ['b'])
  await server.reauthorize('ada')
  await server.publish(room, a, 'secret')
  await server.publish(room, b, 'fine')
  await server.publish(open, a, 'free')
  await eventually(() => kept.told.length > 0 && free.told.length > 0 && other.told.length > 0)

  expect(lost.told).toEqual(['closed FORBIDDEN'])
  expect([kept.told, free.told, other.told]).toEqual([['fine'], ['free'], ['secret']])
  expect(refusals).toEqual(['ada: subscribe on room'])
  expect(audit).toEqual([{ identity: 'ada', sessions: 1 }])
  // The right is back, and so is who asks for it.
  rooms.set('ada', ['a'])
  await server.reauthorize('ada')
  const again = listen(ada, a)
  await eventually(() => expect(again.told).toEqual(['secret']) ?? true)
})

test('a member who lost the right leaves for all, and is told; others stay', async () => {
  const { server, rooms, refusals, connect } = await start()
  const shown: string[] = []
  connect('bob')
    .api.room.presence(a)
    .subscribe((members) => shown.push(members.map(({ identity }) => identity).join()))
  const ada = connect('ada')
  const errors: string[] = []
  const onError = ({ code }: { code: string }): unknown => errors.push(code)
  ada.api.room.join(a, { name: 'Ada' }, { onError })
  ada.api.room.join(b, { name: 'Ada' }, { onError })
  const watched: string[] = []
  ada.api.room.presence(a).subscribe(
    (members) => watched.push(`${members.length} here`),
    ({ code }) => watched.push(code),
  )
  await eventually(() => shown.at(-1) === 'ada' && watched.at(-1) === '1 here')

  rooms.set('ada', ['b'])
  await server.reauthorize('ada')
  await eventually(() => shown.at(-1) === '' && errors.length > 0 && watched.at(-1) === 'FORBIDDEN')
  expect(errors).toEqual(['FORBIDDEN'])
  expect(refusals.sort()).toEqual(['ada: join on room', 'ada: subscribe on room'])
})

test('a join ends by an `error` under its id, after its `ok`, also when both fall together (P6.15)', async () => {
  const { server, url, rooms } = await start()
  const peer = await openPeer(url, { token: 'ada' })
  peer.sends({ join: 1, topic: 'room', params: a, data: { name: 'Ada' } })
  await peer.receives({ ok: 1 })
  rooms.set('ada', [])
  await server.reauthorize('ada')
  await peer.receives({ error: 1, code: 'FORBIDDEN' })
  peer.sends({ update: 2, of: 1, data: { name: 'A' } })
  await peer.receives({ error: 2, code: 'NOT_FOUND' })

  // A right that goes while the join is under way: `authorize` agreed, and was asked again.
  rooms.set('ada', ['a'])
  await server.reauthorize('ada')
  const agreed = gate()
  const asked = gate()
  judge = async () => {
    asked.open()
    await agreed.promise
    return true
  }
  peer.sends({ join: 3, topic: 'room', params: a, data: { name: 'Ada' } })
  await asked.promise
  rooms.set('ada', [])
  const done = server.reauthorize('ada')
  agreed.open()
  await done
  await peer.receives({ error: 3, code: 'FORBIDDEN' })
})

test('rights that move while `authorize` runs are asked for again', async () => {
  const { server, rooms, connect } = await start()
  const agreed = gate()
  let asks = 0
  judge = async () => {
    asks += 1
    if (asks === 1) await agreed.promise
    return true
  }
  const { told } = listen(connect('ada'), a)
  await eventually(() => asks === 1)
  rooms.set('ada', [])
  const done = server.reauthorize('ada')
  // The context is made before the first answer comes, which is of the rights of before.
  await eventually(() => rooms.get('ada')?.length === 0)
  agreed.open()
  await done
  await eventually(() => expect(told).toEqual(['closed FORBIDDEN']) ?? true)
  expect(asks).toBeGreaterThan(1)
})

/** A history of several pages, and a reader that is stopped in the middle of it until the returned function is called. */
async function stopInTheMiddle(world: World): Promise<{ ada: Api; told: string[]; goOn(): void; count: number }> {
  const proxy = await createFaultProxy({ targetPort: world.port })
  onTestFinished(() => proxy.close())
  const count = 1_500
  // More than the system's socket buffers hold.
  const text = 'x'.repeat(20_000)
  for (let n = 0; n < count; n++) await world.server.publish(room, a, `${n} ${text}`)
  proxy.stall('toClient')
  const ada = world.connect('ada', proxy.url)
  const { told } = listen(ada, a)
  proxy.resume('toClient')
  await eventually(() => told.length > 0)
  proxy.stall('toClient')
  return { ada, told, count, goOn: () => proxy.resume('toClient') }
}

test('a right that is lost in the middle of a history ends it before the next page', async () => {
  const world = await start()
  const { told, goOn, count } = await stopInTheMiddle(world)
  world.rooms.set('ada', [])
  await world.server.reauthorize('ada')
  goOn()
  await eventually(() => told.at(-1) === 'closed FORBIDDEN')
  expect(told.length).toBeLessThan(count)
  expect(world.refusals).toEqual(['ada: subscribe on room'])
})

test('while the answer is awaited no page of history is sent; then it goes on without a hole', async () => {
  const world = await start()
  const { ada, told, goOn, count } = await stopInTheMiddle(world)
  const agreed = gate()
  let asks = 0
  judge = async () => {
    asks += 1
    await agreed.promise
    return true
  }
  const done = world.server.reauthorize('ada')
  goOn()
  await eventually(() => asks > 0)
  // Whatever was on its way has come before the answer, and nothing comes before the next ones.
  await ada.api.ping.query()
  const sent = told.length
  for (let n = 0; n < 10; n++) await ada.api.ping.query()
  expect(told).toHaveLength(sent)
  expect(sent).toBeLessThan(count)
  agreed.open()
  await done
  await eventually(() => told.length === count)
  expect(told.map((event) => Number(event.split(' ')[0]))).toEqual(Array.from({ length: count }, (_, n) => n))
})

test('negative control: without `reauthorize` the same reader gets the whole history', async () => {
  const world = await start()
  const { told, goOn, count } = await stopInTheMiddle(world)
  world.rooms.set('ada', [])
  goOn()
  await eventually(() => told.length === count)
})

test('a snapshot is not sent to who lost the right while it was taken', async () => {
  const taken = gate()
  const taking = gate()
  const rooms = new Map([['ada', true]])
  const list = t.topic({
    event: v.string(),
    delivery: 'log',
    snapshot: async () => {
      taking.open()
      await taken.promise
      return ['secret']
    },
    authorize: ({ ctx }) => rooms.get(ctx.user) === true,
  })
  const own = t.router({ list })
  const { server, url } = await startServer({
    router: own,
    authenticate: () => ({ identity: 'ada' }),
    context: () => ({ user: 'ada', rooms: [] }),
  })
  const { api, connection } = createClient<typeof own>({ url })
  onTestFinished(() => connection.close())
  const told: unknown[] = []
  api.list.subscribe(
    {},
    {
      onSnapshot: (state) => told.push(state),
      onEvent: (event) => told.push(event),
      onStatus: (status, error) => status === 'closed' && told.push(error?.code),
    },
  )
  await taking.promise
  rooms.set('ada', false)
  await server.reauthorize('ada')
  taken.open()
  await eventually(() => expect(told).toEqual(['FORBIDDEN']) ?? true)
})

test('who was away when the right was lost is not shown again when the session comes back', async () => {
  const { server, port, rooms, connect } = await start({ presence: { graceMs: 100 }, resumeMs: 60_000 })
  const shown: string[] = []
  connect('bob')
    .api.room.presence(a)
    .subscribe((members) => shown.push(members.map(({ identity }) => identity).join()))
  const proxy = await createFaultProxy({ targetPort: port })
  onTestFinished(() => proxy.close())
  const ada = connect('ada', proxy.url)
  const errors: string[] = []
  ada.api.room.join(a, { name: 'Ada' }, { onError: ({ code }) => errors.push(code) })
  await eventually(() => shown.at(-1) === 'ada')
  proxy.refuse(true)
  proxy.cutAll()
  await eventually(() => shown.at(-1) === '')
  // Nobody is connected whose context could be made again, so it is asked when somebody is.
  rooms.set('ada', [])
  await server.reauthorize('ada')
  proxy.refuse(false)
  await eventually(() => errors.length > 0)
  expect(errors).toEqual(['FORBIDDEN'])
  expect(shown.filter((line) => line === 'ada')).toHaveLength(1)
})

test('a context that was being made when rights changed is made again', async () => {
  const making = gate()
  const made = gate()
  let contexts = 0
  const rooms = { ada: ['a'] as readonly string[] }
  const { server, url } = await startServer({
    router,
    broker: createMemoryBroker(),
    authenticate: () => ({ identity: 'ada' }),
    context: async () => {
      const ctx = { user: 'ada', rooms: rooms.ada }
      contexts += 1
      making.open()
      await made.promise
      return ctx
    },
  })
  const { api, connection } = createClient<typeof router>({ url })
  onTestFinished(() => connection.close())
  const { told } = listen({ api, connection }, a)
  await making.promise
  rooms.ada = []
  await server.reauthorize('ada')
  made.open()
  await eventually(() => expect(told).toEqual(['closed FORBIDDEN']) ?? true)
  expect(contexts).toBe(2)
})
