import { createBirpc } from 'birpc'
import { WebSocket, WebSocketServer } from 'ws'
import type { Peer } from '../harness/peer.js'
import type { FeedEvent } from '../task/feed.js'
import { type GreetInput, greet } from '../task/greeting.js'
import { generateItems, type Item, type ItemsInput } from '../task/items.js'

type ServerFunctions = ReturnType<typeof makeServerFunctions>

interface ClientFunctions {
  event(event: FeedEvent): void
  item(item: Item): void
}

/** birpc over `ws` with JSON, as its documentation shows it; events and items are calls of the client's functions. */
export const birpc: Peer = {
  name: 'birpc',
  title: 'birpc',
  packages: ['birpc'],
  validates: false,
  lacks: { bytes: 'JSON only', rich: 'JSON only', resume: 'no reconnect' },
  browserClients: [
    {
      variant: '',
      source: `
        import { createBirpc } from 'birpc'
        const socket = new WebSocket('wss://example.com')
        export const api = createBirpc({}, {
          post: (data) => socket.send(data),
          on: (receive) => socket.addEventListener('message', ({ data }) => receive(data)),
          serialize: JSON.stringify,
          deserialize: JSON.parse,
        })
      `,
    },
  ],

  serve(http) {
    const wss = new WebSocketServer({ server: http, maxPayload: 4 * 1_024 * 1_024 })
    const subscribers = new Set<Remote>()
    wss.on('connection', (socket) => {
      socket.on('error', () => socket.terminate())
      const remote: Remote = createBirpc<ClientFunctions, ServerFunctions>(
        makeServerFunctions(() => remote, subscribers),
        channel(socket),
      )
      socket.on('close', () => subscribers.delete(remote))
    })
    return {
      publish(event) {
        for (const subscriber of subscribers) void subscriber.event.asEvent(event)
      },
      close: () => wss.close(),
    }
  },

  async connect(url) {
    const socket = new WebSocket(url)
    let onEvent: ((event: FeedEvent) => void) | undefined
    let onItem: ((item: Item) => void) | undefined
    await new Promise<void>((resolve) => socket.once('open', resolve))
    const api = createBirpc<ServerFunctions, ClientFunctions>(
      { event: (event) => onEvent?.(event), item: (item) => onItem?.(item) },
      channel(socket),
    )
    return {
      greet: (input) => api.greet(input),
      echo: (value) => api.echo(value),
      echoBytes: (bytes) => api.echo(bytes) as Promise<Uint8Array>,
      echoRich: (value) => api.echo(value),
      async subscribe(listener) {
        onEvent = listener
        await api.subscribe()
      },
      async stream(input, listener) {
        onItem = listener
        await api.items(input)
      },
      close: () =>
        new Promise<void>((resolve) => {
          socket.once('close', () => resolve())
          socket.close()
        }),
    }
  },
}

type Remote = ReturnType<typeof createBirpc<ClientFunctions>>

function makeServerFunctions(remote: () => Remote, subscribers: Set<Remote>) {
  return {
    greet: (input: GreetInput) => greet(input),
    echo: (value: unknown) => value,
    subscribe(): void {
      subscribers.add(remote())
    },
    async items(input: ItemsInput): Promise<void> {
      for await (const item of generateItems(input)) void remote().item.asEvent(item)
    },
  }
}

function channel(socket: WebSocket) {
  return {
    post: (data: string) => socket.send(data),
    on: (receive: (data: Buffer) => void) => socket.on('message', (data: Buffer) => receive(data)),
    serialize: (value: unknown) => JSON.stringify(value),
    deserialize: (data: Buffer) => JSON.parse(data.toString()),
  }
}
