import { newWebSocketRpcSession, type RpcStub, RpcTarget } from 'capnweb'
import { WebSocket, WebSocketServer } from 'ws'
import type { Peer } from '../harness/peer.js'
import type { FeedEvent } from '../task/feed.js'
import { type GreetInput, greet } from '../task/greeting.js'
import { generateItems, type Item, type ItemsInput } from '../task/items.js'

// capnweb reads the class's constants from the global one, which Node 20 does not have.
globalThis.WebSocket ??= WebSocket as unknown as typeof globalThis.WebSocket

type Listener = (event: FeedEvent) => void

const listeners = new Set<RpcStub<Listener>>()

class Api extends RpcTarget {
  greet(input: GreetInput) {
    return greet(input)
  }

  echo(value: unknown) {
    return value
  }

  subscribe(listener: RpcStub<Listener>): void {
    // What came as a parameter is disposed when the call returns; the duplicate is ours.
    const kept = listener.dup()
    kept.onRpcBroken(() => listeners.delete(kept))
    listeners.add(kept)
  }

  items(input: ItemsInput) {
    const source = generateItems(input)
    return new ReadableStream<Item>({
      async pull(controller) {
        const { done, value } = await source.next()
        if (done === true) controller.close()
        else controller.enqueue(value)
      },
    })
  }
}

/** What the compiler is to know of the remote `Api`; capnweb's own mapped types exclude values of unknown shape. */
interface RemoteApi {
  greet(input: GreetInput): Promise<ReturnType<typeof greet>>
  echo(value: unknown): Promise<unknown>
  subscribe(listener: Listener): Promise<void>
  items(input: ItemsInput): Promise<ReadableStream<Item>>
}

/** capnweb on `ws`: a callback by reference as the subscription, a `ReadableStream` as the stream. */
export const capnweb: Peer = {
  name: 'capnweb',
  title: 'capnweb',
  packages: ['capnweb'],
  validates: false,
  lacks: { rich: 'no Map', resume: 'a stub is dead after a drop' },
  browserClients: [
    {
      variant: '',
      source: `
        import { newWebSocketRpcSession } from 'capnweb'
        export const api = newWebSocketRpcSession('wss://example.com')
      `,
    },
  ],

  serve(http) {
    const wss = new WebSocketServer({ server: http, maxPayload: 8 * 1_024 * 1_024 })
    // `ws` has the members of the browser's class that capnweb calls; its documentation makes the same cast.
    wss.on('connection', (socket) => newWebSocketRpcSession(socket as unknown as globalThis.WebSocket, new Api()))
    return {
      publish(event) {
        // Nobody waits for the answers of a broadcast; a subscriber that is gone is removed by `onRpcBroken`.
        for (const listener of listeners) listener(event).then(ignore, ignore)
      },
      close: () => wss.close(),
    }
  },

  connect(url) {
    const socket = new WebSocket(url)
    const api = newWebSocketRpcSession(socket as unknown as globalThis.WebSocket) as unknown as RemoteApi
    return {
      greet: (input) => api.greet(input),
      echo: (value) => api.echo(value),
      echoBytes: (bytes) => api.echo(bytes) as Promise<Uint8Array>,
      echoRich: (value) => api.echo(value),
      subscribe: (onEvent) => api.subscribe(onEvent),
      async stream(input, onItem) {
        // Node's streams are async iterable; the DOM's types leave that to another library file.
        for await (const item of (await api.items(input)) as unknown as AsyncIterable<Item>) onItem(item)
      },
      close: () =>
        new Promise<void>((resolve) => {
          socket.once('close', () => resolve())
          socket.close()
        }),
    }
  },
}

function ignore(): void {}
