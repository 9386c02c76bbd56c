import { Server } from 'socket.io'
import { io } from 'socket.io-client'
import type { Peer } from '../harness/peer.js'
import type { FeedEvent } from '../task/feed.js'
import { type GreetInput, greet } from '../task/greeting.js'
import { generateItems, type Item, type ItemsInput } from '../task/items.js'

/** Socket.IO over its WebSocket transport: acknowledgements as calls, a room as the topic. */
export const socketIo: Peer = {
  name: 'socket.io',
  title: 'Socket.IO',
  packages: ['socket.io', 'socket.io-client'],
  validates: false,
  lacks: { rich: 'JSON and bytes only' },
  settings: 'WebSocket transport only; connection state recovery only where it resumes',
  browserClients: [
    {
      variant: '',
      source: `
        import { io } from 'socket.io-client'
        export const socket = io('https://example.com', { transports: ['websocket'] })
      `,
    },
  ],

  serve(http, { workload }) {
    const server = new Server(http, {
      transports: ['websocket'],
      maxHttpBufferSize: 4 * 1_024 * 1_024,
      ...(workload === 'resume' ? { connectionStateRecovery: { maxDisconnectionDuration: 120_000 } } : {}),
    })
    server.on('connection', (socket) => {
      socket.on('greet', (input: GreetInput, answer: (output: unknown) => void) => answer(greet(input)))
      socket.on('echo', (value: unknown, answer: (output: unknown) => void) => answer(value))
      socket.on('subscribe', (answer: () => void) => {
        void socket.join('feed')
        answer()
      })
      socket.on('items', async (input: ItemsInput, answer: () => void) => {
        for await (const item of generateItems(input)) socket.emit('item', item)
        answer()
      })
    })
    return {
      publish: (event) => void server.to('feed').emit('event', event),
      close: () => void server.close(),
    }
  },

  connect(url) {
    const socket = io(url, {
      transports: ['websocket'],
      forceNew: true,
      reconnectionDelay: 10,
      reconnectionDelayMax: 100,
    })
    return {
      greet: (input) => socket.emitWithAck('greet', input),
      echo: (value) => socket.emitWithAck('echo', value),
      echoBytes: (bytes) => socket.emitWithAck('echo', bytes),
      echoRich: (value) => socket.emitWithAck('echo', value),
      async subscribe(onEvent) {
        socket.on('event', (event: FeedEvent) => onEvent(event))
        await socket.emitWithAck('subscribe')
      },
      async stream(input, onItem) {
        const listener = (item: Item): void => onItem(item)
        socket.on('item', listener)
        await socket.emitWithAck('items', input)
        socket.off('item', listener)
      },
      close: () => void socket.close(),
    }
  },
}
