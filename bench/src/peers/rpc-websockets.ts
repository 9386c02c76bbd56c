import { Client, Server } from 'rpc-websockets'
import type { Peer, PeerConnection } from '../harness/peer.js'
import type { FeedEvent } from '../task/feed.js'
import { type GreetInput, greet } from '../task/greeting.js'
import { generateItems, type Item, type ItemsInput } from '../task/items.js'

/** rpc-websockets: JSON-RPC methods, a server event as the feed, and an event per stream. */
export const rpcWebsockets: Peer = {
  name: 'rpc-websockets',
  title: 'rpc-websockets',
  packages: ['rpc-websockets'],
  validates: false,
  lacks: { bytes: 'JSON only', rich: 'JSON only', resume: 'reconnects without its subscriptions' },
  settings: 'a stream is an event of its own, since a method has one answer',
  browserClients: [
    {
      variant: '',
      source: `
        import { Client } from 'rpc-websockets'
        export const client = new Client('wss://example.com')
      `,
    },
  ],

  serve(http) {
    const server = new Server({ server: http, maxPayload: 4 * 1_024 * 1_024 })
    let nextStream = 1
    server.event('feed')
    server.register('greet', (input) => greet(input as GreetInput))
    server.register('echo', (params) => params['value'])
    server.register('openItems', () => {
      const name = `items-${nextStream++}`
      server.event(name)
      return name
    })
    server.register('items', async (params) => {
      const { name, input } = params as { name: string; input: ItemsInput }
      for await (const item of generateItems(input)) server.emit(name, item)
      return null
    })
    return {
      publish: (event) => void server.emit('feed', event),
      close: () => server.close().catch(() => {}),
    }
  },

  async connect(url): Promise<PeerConnection> {
    const client = new Client(url)
    await new Promise<void>((resolve) => client.once('open', resolve))
    return {
      // The library types every answer as unknown; each method above says what it is.
      greet: (input) => client.call('greet', { ...input }) as ReturnType<PeerConnection['greet']>,
      echo: (value) => client.call('echo', { value }),
      echoBytes: (bytes) => client.call('echo', { value: bytes }) as Promise<Uint8Array>,
      echoRich: (value) => client.call('echo', { value }),
      async subscribe(onEvent) {
        client.on('feed', (event: FeedEvent) => onEvent(event))
        await client.subscribe('feed')
      },
      async stream(input, onItem) {
        const name = (await client.call('openItems')) as string
        client.on(name, (item: Item) => onItem(item))
        await client.subscribe(name)
        await client.call('items', { name, input })
        client.off(name)
      },
      close: () => closed(client),
    }
  },
}

function closed(client: Client): Promise<void> {
  client.setAutoReconnect(false)
  const done = new Promise<void>((resolve) => client.once('close', () => resolve()))
  client.close()
  return done
}
