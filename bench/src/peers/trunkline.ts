import { createClient } from '@trunkline/client'
import { trunkline as define, type InferRouter } from '@trunkline/core'
import { createServer } from '@trunkline/server'
import * as v from 'valibot'
import type { Peer } from '../harness/peer.js'
import { feedEventSchema } from '../task/feed.js'
import { greet, greetInputSchema } from '../task/greeting.js'
import { generateItems, itemsInputSchema } from '../task/items.js'

const t = define()

const feed = t.topic({
  params: v.object({ room: v.string() }),
  event: feedEventSchema,
  delivery: 'log',
  retain: { events: 1_000, ageMs: 60 * 60_000 },
  authorize: ({ action }) => action === 'subscribe',
})

const router = t.router({
  feed,
  greet: t.procedure.input(greetInputSchema).query(({ input }) => greet(input)),
  echo: t.procedure.input(v.unknown()).query(({ input }) => input),
  items: t.procedure.input(itemsInputSchema).subscription(({ input }) => generateItems(input)),
})

interface BenchRouter extends InferRouter<typeof router> {}

const params = { room: 'general' }

/**
 * What the workloads would hit, raised to a finite number: all load comes from one address, and one client makes more
 * calls a second than any dashboard. Every other limit, sessions, heartbeats and credit are as by default.
 */
const limits = {
  messagesPerSecond: 1_000_000,
  bytesPerSecond: 4_000_000_000,
  maxConnectionsPerAddress: 10_000,
  maxUnauthenticatedPerAddress: 2_000,
  handshakesPerSecond: 10_000,
}

/** Trunkline as its guide shows it: a `log` topic in the memory broker, the codec that it comes with. */
export const trunkline: Peer = {
  name: 'trunkline',
  title: 'Trunkline',
  packages: ['@trunkline/server', '@trunkline/client', '@trunkline/core'],
  validates: true,
  lacks: {},
  settings:
    'limits raised, still finite: messages and bytes a second, connections and handshakes of one address; 2 MiB messages where 1 MB of bytes travels',
  browserClients: [
    { variant: '', source: browserClient('@trunkline/client') },
    { variant: 'JSON codec', source: browserClient('@trunkline/client/json') },
  ],

  serve(http, { workload }) {
    const server = createServer({
      router,
      limits: { ...limits, ...(workload === 'bytes-echo' ? { maxMessageBytes: 2 * 1_024 * 1_024 } : {}) },
    })
    server.attach(http, { path: '/' })
    return {
      async publish(event) {
        await server.publish(feed, params, event)
      },
      close: () => server.close(),
    }
  },

  connect(url) {
    const { api, connection } = createClient<BenchRouter>({ url, reconnect: { baseMs: 10, capMs: 100 } })
    return {
      greet: (input) => api.greet.query(input),
      echo: (value) => api.echo.query(value),
      echoBytes: async (bytes) => (await api.echo.query(bytes)) as Uint8Array,
      echoRich: (value) => api.echo.query(value),
      subscribe: (onEvent) =>
        new Promise((resolve, reject) => {
          api.feed.subscribe(params, {
            onEvent,
            // A gap is an honest answer, yet nothing here may be missing: the process ends, and with it the run.
            onGap: ({ reason }) => queueMicrotask(() => fail(`the feed has a gap: ${reason}`)),
            onStatus(status, error) {
              if (status === 'live') resolve()
              if (status === 'closed') reject(error ?? new Error('the feed was closed'))
            },
          })
        }),
      async stream(input, onItem) {
        for await (const item of api.items.subscribe(input)) onItem(item)
      },
      close() {
        connection.close()
      },
    }
  },
}

function browserClient(entry: string): string {
  return `
    import { createClient } from '${entry}'
    export const { api, connection } = createClient({ url: 'wss://example.com' })
  `
}

function fail(message: string): never {
  throw new Error(message)
}
