import { EventEmitter, on } from 'node:events'
import { createTRPCClient, createWSClient, type TRPCClient, wsLink } from '@trpc/client'
import { initTRPC, tracked } from '@trpc/server'
import { applyWSSHandler } from '@trpc/server/adapters/ws'
import type superjson from 'superjson'
import * as v from 'valibot'
import { WebSocket, WebSocketServer } from 'ws'
import type { Peer, PeerConnection } from '../harness/peer.js'
import { type FeedEvent, FeedHistory } from '../task/feed.js'
import { greet, greetInputSchema } from '../task/greeting.js'
import { generateItems, itemsInputSchema } from '../task/items.js'

type SuperJson = typeof superjson

/** tRPC as its documentation shows it: valibot inputs, a tracked subscription over `events.on`, one `wsLink`. */
export const trpc: Peer = {
  name: 'trpc',
  title: 'tRPC',
  packages: ['@trpc/server', '@trpc/client'],
  validates: true,
  lacks: { bytes: 'JSON only', rich: 'JSON only' },
  browserClients: [{ variant: '', source: browserClient('') }],
  ...makeTrpc(undefined),
}

export function browserClient(transformer: '' | 'superjson'): string {
  return `
    import { createTRPCClient, createWSClient, wsLink } from '@trpc/client'
    ${transformer === '' ? '' : "import superjson from 'superjson'"}
    const client = createWSClient({ url: 'wss://example.com' })
    export const api = createTRPCClient({ links: [wsLink({ client${transformer === '' ? '' : ', transformer: superjson'} })] })
  `
}

function makeRouter(transformer: SuperJson | undefined) {
  const t = transformer === undefined ? initTRPC.create() : initTRPC.create({ transformer })
  const emitter = new EventEmitter().setMaxListeners(0)
  const history = new FeedHistory()
  const router = t.router({
    greet: t.procedure.input(greetInputSchema).query(({ input }) => greet(input)),
    echo: t.procedure.input(v.unknown()).query(({ input }) => input),
    feed: t.procedure.input(v.object({ lastEventId: v.nullish(v.string()) })).subscription(async function* ({
      input,
      signal,
    }) {
      // Listening starts before the history is read, so that nothing falls in between.
      const live = on(emitter, 'event', { signal: signal as AbortSignal })
      let lastSeq = Number(input.lastEventId ?? Number.MAX_SAFE_INTEGER)
      for (const event of history.since(lastSeq)) {
        lastSeq = event.seq
        yield tracked(String(event.seq), event)
      }
      for await (const [event] of live as AsyncIterable<[FeedEvent]>) {
        yield tracked(String(event.seq), event)
      }
    }),
    items: t.procedure.input(itemsInputSchema).subscription(({ input }) => generateItems(input)),
  })
  const publish = (event: FeedEvent): void => {
    history.add(event)
    emitter.emit('event', event)
  }
  return { router, publish }
}

type Router = ReturnType<typeof makeRouter>['router']

/** The two members that both forms of tRPC share. */
export function makeTrpc(transformer: SuperJson | undefined): Pick<Peer, 'serve' | 'connect'> {
  return {
    serve(http) {
      const wss = new WebSocketServer({ server: http, maxPayload: 8 * 1_024 * 1_024 })
      const { router, publish } = makeRouter(transformer)
      applyWSSHandler({ wss, router })
      return { publish, close: () => wss.close() }
    },
    async connect(url) {
      const client = createWSClient({
        url,
        // `ws` has the members of the browser's class that tRPC calls.
        WebSocket: WebSocket as unknown as typeof globalThis.WebSocket,
        retryDelayMs: () => 10,
      })
      // The router's type cannot know at compile time which of the two forms runs; both links carry the same calls.
      const link = (
        transformer === undefined ? wsLink({ client } as never) : wsLink({ client, transformer } as never)
      ) as never
      return makeConnection(createTRPCClient<Router>({ links: [link] }), () => client.close())
    },
  }
}

function makeConnection(api: TRPCClient<Router>, close: () => Promise<void>): PeerConnection {
  return {
    greet: (input) => api.greet.query(input),
    echo: (value) => api.echo.query(value),
    echoBytes: (bytes) => api.echo.query(bytes) as Promise<Uint8Array>,
    echoRich: (value) => api.echo.query(value),
    subscribe: (onEvent) =>
      new Promise((resolve, reject) => {
        api.feed.subscribe(
          {},
          { onStarted: () => resolve(), onData: ({ data }) => onEvent(data as FeedEvent), onError: reject },
        )
      }),
    stream: (input, onItem) =>
      new Promise((resolve, reject) => {
        api.items.subscribe(input, { onData: onItem, onComplete: resolve, onError: reject })
      }),
    close,
  }
}
