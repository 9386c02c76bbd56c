import { createORPCClient } from '@orpc/client'
import { ClientRetryPlugin, type ClientRetryPluginContext } from '@orpc/client/plugins'
import { RPCLink } from '@orpc/client/websocket'
import { EventPublisher, os, type RouterClient, withEventMeta } from '@orpc/server'
import { RPCHandler } from '@orpc/server/ws'
import { WebSocket as ReconnectingWebSocket } from 'partysocket'
import * as v from 'valibot'
import { WebSocket, WebSocketServer } from 'ws'
import type { Peer } from '../harness/peer.js'
import { type FeedEvent, FeedHistory } from '../task/feed.js'
import { greet, greetInputSchema } from '../task/greeting.js'
import { generateItems, itemsInputSchema } from '../task/items.js'

/** oRPC as its documentation shows it: `EventPublisher` with event ids, `partysocket` and the retry plugin to come back. */
export const orpc: Peer = {
  name: 'orpc',
  title: 'oRPC',
  packages: ['@orpc/server', '@orpc/client', 'partysocket'],
  validates: true,
  lacks: {},
  settings:
    'partysocket and the retry plugin only where it reconnects; bytes travel as a Blob; the publisher’s buffer unbounded',
  browserClients: [
    {
      variant: '',
      source: `
        import { createORPCClient } from '@orpc/client'
        import { RPCLink } from '@orpc/client/websocket'
        const websocket = new WebSocket('wss://example.com')
        export const api = createORPCClient(new RPCLink({ websocket }))
      `,
    },
    {
      variant: 'with reconnect',
      source: `
        import { createORPCClient } from '@orpc/client'
        import { ClientRetryPlugin } from '@orpc/client/plugins'
        import { RPCLink } from '@orpc/client/websocket'
        import { WebSocket } from 'partysocket'
        const websocket = new WebSocket('wss://example.com')
        export const api = createORPCClient(new RPCLink({ websocket, plugins: [new ClientRetryPlugin()] }))
      `,
    },
  ],

  serve(http) {
    const wss = new WebSocketServer({ server: http, maxPayload: 8 * 1_024 * 1_024 })
    const { router, publish } = makeRouter()
    const handler = new RPCHandler(router)
    wss.on('connection', (socket) => {
      socket.on('error', () => socket.terminate())
      void handler.upgrade(socket, { context: {} })
    })
    return { publish, close: () => wss.close() }
  },

  async connect(url, { workload }) {
    const reconnects = workload === 'resume'
    const websocket = reconnects
      ? new ReconnectingWebSocket(url, [], { WebSocket, minReconnectionDelay: 10, maxReconnectionDelay: 100 })
      : new WebSocket(url)
    // Calls made before that would each wait with a listener of their own.
    await new Promise<void>((resolve) => websocket.addEventListener('open', () => resolve(), { once: true }))
    const link = new RPCLink<ClientRetryPluginContext>({
      // Both have the four members of the browser's class that the link calls.
      websocket: websocket as unknown as globalThis.WebSocket,
      plugins: reconnects
        ? [new ClientRetryPlugin({ default: { retry: Number.POSITIVE_INFINITY, retryDelay: 10 } })]
        : [],
    })
    const api = createORPCClient<Client>(link)
    return {
      greet: (input) => api.greet(input),
      echo: (value) => api.echo(value),
      async echoBytes(bytes) {
        // A view of an ArrayBuffer that nothing else shares: what `Blob` takes.
        const answer = (await api.echo(new Blob([bytes as Uint8Array<ArrayBuffer>]))) as Blob
        return new Uint8Array(await answer.arrayBuffer())
      },
      echoRich: (value) => api.echo(value),
      async subscribe(onEvent) {
        const events = await api.feed()
        void (async () => {
          for await (const event of events) onEvent(event)
        })().catch(() => {})
      },
      async stream(input, onItem) {
        for await (const item of await api.items(input)) onItem(item)
      },
      close: () =>
        new Promise<void>((resolve) => {
          websocket.addEventListener('close', () => resolve())
          websocket.close()
        }),
    }
  },
}

type Client = RouterClient<ReturnType<typeof makeRouter>['router'], ClientRetryPluginContext>

function makeRouter() {
  // Its default drops the oldest of 100 events without a word; the workloads check that nothing is lost.
  const publisher = new EventPublisher<{ feed: FeedEvent }>({ maxBufferedEvents: Number.POSITIVE_INFINITY })
  const history = new FeedHistory()
  const router = {
    greet: os.input(greetInputSchema).handler(({ input }) => greet(input)),
    echo: os.input(v.unknown()).handler(({ input }) => input),
    feed: os.handler(async function* ({ signal, lastEventId }) {
      // Listening starts before the history is read, so that nothing falls in between.
      const live = publisher.subscribe('feed', { signal })
      for (const event of history.since(Number(lastEventId ?? Number.MAX_SAFE_INTEGER))) {
        yield withEventMeta(event, { id: String(event.seq) })
      }
      for await (const event of live) yield withEventMeta({ ...event }, { id: String(event.seq) })
    }),
    items: os.input(itemsInputSchema).handler(({ input }) => generateItems(input)),
  }
  const publish = (event: FeedEvent): void => {
    history.add(event)
    publisher.publish('feed', event)
  }
  return { router, publish }
}
