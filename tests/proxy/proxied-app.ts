/**
 * A small app for the tests behind nginx, and clients that reach it from any loopback address.
 */
import { type ClientAndConnection, type ClientOptions, createClient } from '@trunkline/client'
import { trunkline } from '@trunkline/core'
import { type CreateServerOptions, createServer, type Server } from '@trunkline/server'
import * as v from 'valibot'
import { onTestFinished } from 'vitest'
import { WebSocket } from 'ws'

interface Context {
  readonly address: string
}

const t = trunkline<Context>()

/** Numbers in one topic. */
export const feed = t.topic({ params: v.object({}), event: v.number(), delivery: 'log', retain: { events: 100_000 } })

/** The router of one server, and what its handlers did. */
function createRouter(name: string) {
  const runs = new Map<number, number>()
  const waiting: (() => void)[] = []
  const router = t.router({
    feed,
    name: t.procedure.query(() => name),
    address: t.procedure.query(({ ctx }) => ctx.address),
    double: t.procedure.input(v.instance(Uint8Array)).query(({ input }) => ({ bytes: input, again: input })),
    work: t.procedure.input(v.number()).mutation(async ({ input }) => {
      runs.set(input, (runs.get(input) ?? 0) + 1)
      for (let turns = input % 4; turns > 0; turns--) await new Promise((resolve) => setImmediate(resolve))
      return input
    }),
    // Answers when the test says so.
    slow: t.procedure.mutation(() => new Promise<string>((resolve) => waiting.push(() => resolve(name)))),
    slowQuery: t.procedure.query(() => new Promise<string>((resolve) => waiting.push(() => resolve(name)))),
    slowOnce: t.procedure
      .idempotent()
      .mutation(() => new Promise<string>((resolve) => waiting.push(() => resolve(name)))),
    count: t.procedure.subscription(async function* ({ signal }) {
      for (let n = 1; !signal.aborted; n++) {
        yield n
        await new Promise((resolve) => setImmediate(resolve))
      }
    }),
  })
  return { router, runs, waiting }
}

/** What clients see of the app. */
export type ProxiedRouter = ReturnType<typeof createRouter>['router']

/** A running server. */
export interface ProxiedApp {
  readonly server: Server
  readonly port: number
  /** How often `work` ran for each number. */
  readonly runs: ReadonlyMap<number, number>
  /** Lets the calls of `slow` that wait end. */
  readonly waiting: (() => void)[]
}

/** Options of `startApp`. */
export interface StartAppOptions
  extends Partial<Omit<CreateServerOptions<Context, { identity: string }>, 'router' | 'context'>> {
  readonly name?: string
  /** Default: a free one. The port of a server that ended, to start it anew behind the same proxy. */
  readonly port?: number
  /** The only path it serves. */
  readonly path?: string
}

/** Starts a server on 127.0.0.1; closed when the test ends. */
export async function startApp({
  name = 'one',
  port = 0,
  path,
  ...options
}: StartAppOptions = {}): Promise<ProxiedApp> {
  const { router, runs, waiting } = createRouter(name)
  const server = createServer({
    router,
    context: ({ connection }) => ({ address: connection.address }),
    ...options,
  })
  onTestFinished(() => server.close())
  return { server, runs, waiting, port: (await server.listen({ port, path })).port }
}

/** What `connectClient` adds to the options of a client. */
export interface ConnectOptions extends Partial<Omit<ClientOptions, 'WebSocket'>> {
  /** The address to come from, such as `127.0.0.2`. */
  readonly localAddress?: string
  /** Headers of the handshake. */
  readonly headers?: Readonly<Record<string, string>>
}

/** A client that comes back at once; closed when the test ends. */
export function connectClient(
  url: string,
  { localAddress, headers, ...options }: ConnectOptions = {},
): ClientAndConnection<ProxiedRouter> {
  class From extends WebSocket {
    constructor(to: string, protocols: string[]) {
      super(to, protocols, { localAddress, headers: { ...headers }, perMessageDeflate: false })
    }
  }
  const client = createClient<ProxiedRouter>({ url, reconnect: { baseMs: 5, capMs: 50 }, WebSocket: From, ...options })
  onTestFinished(() => client.connection.close())
  return client
}
