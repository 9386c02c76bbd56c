import {
  GraphQLFloat,
  GraphQLInt,
  GraphQLNonNull,
  GraphQLObjectType,
  GraphQLScalarType,
  GraphQLSchema,
  GraphQLString,
} from 'graphql'
import { type Client, createClient } from 'graphql-ws'
import { useServer } from 'graphql-ws/use/ws'
import { WebSocket, WebSocketServer } from 'ws'
import type { Peer } from '../harness/peer.js'
import { EventIterator } from '../task/event-iterator.js'
import type { FeedEvent } from '../task/feed.js'
import { type GreetInput, type GreetOutput, greet } from '../task/greeting.js'
import { generateItems, type Item, type ItemsInput } from '../task/items.js'

/** graphql-ws with graphql-js: one operation per call, and a scalar that lets any JSON through for the echo. */
export const graphqlWs: Peer = {
  name: 'graphql-ws',
  title: 'graphql-ws',
  packages: ['graphql-ws', 'graphql'],
  validates: true,
  lacks: { bytes: 'JSON only', rich: 'JSON only', resume: 'subscribes again without a cursor' },
  browserClients: [
    {
      variant: '',
      source: `
        import { createClient } from 'graphql-ws'
        export const client = createClient({ url: 'wss://example.com' })
      `,
    },
  ],

  serve(http) {
    const wss = new WebSocketServer({ server: http, maxPayload: 4 * 1_024 * 1_024 })
    const subscribers = new Set<EventIterator<FeedPayload>>()
    const disposable = useServer({ schema: makeSchema(subscribers) }, wss)
    return {
      publish(event) {
        for (const subscriber of subscribers) subscriber.push({ feed: event })
      },
      close: () => void disposable.dispose(),
    }
  },

  connect(url) {
    const client = createClient({
      url,
      webSocketImpl: WebSocket,
      lazy: false,
      retryAttempts: 0,
      onNonLazyError: () => {},
    })
    const greetQuery = 'query ($id: Int!, $name: String!) { greet(id: $id, name: $name) { id text } }'
    const call = <TData>(query: string, variables: Record<string, unknown>): Promise<TData> =>
      runOnce(client, query, variables)
    return {
      async greet(input) {
        const { greet: output } = await call<{ greet: GreetOutput }>(greetQuery, { ...input })
        return { ...output }
      },
      echo: async (value) =>
        (await call<{ echo: unknown }>('query ($value: Json) { echo(value: $value) }', { value })).echo,
      echoBytes: (bytes) => call('query ($value: Json) { echo(value: $value) }', { value: bytes }),
      echoRich: (value) => call('query ($value: Json) { echo(value: $value) }', { value }),
      async subscribe(onEvent) {
        const query = 'subscription { feed { seq from text } }'
        run<{ feed: FeedEvent }>(client, query, {}, ({ feed }) => onEvent(feed)).catch(() => {})
        // The protocol does not acknowledge a subscription. A call behind it on the same socket stands in for that.
        await call(greetQuery, { id: 0, name: 'ready' })
      },
      stream: (input, onItem) =>
        run<{ items: Item }>(
          client,
          'subscription ($count: Int!, $itemBytes: Int!) { items(count: $count, itemBytes: $itemBytes) { seq symbol price data } }',
          { ...input },
          ({ items }) => onItem(items),
        ),
      close: () => client.dispose(),
    }
  },
}

function run<TData>(
  client: Client,
  query: string,
  variables: Record<string, unknown>,
  onData: (data: TData) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    client.subscribe<TData>(
      { query, variables },
      {
        next: ({ data, errors }) => (data ? onData(data) : reject(new Error(JSON.stringify(errors)))),
        error: reject,
        complete: resolve,
      },
    )
  })
}

async function runOnce<TData>(client: Client, query: string, variables: Record<string, unknown>): Promise<TData> {
  let answer: TData | undefined
  await run<TData>(client, query, variables, (data) => {
    answer = data
  })
  if (answer === undefined) throw new Error('the operation ended without an answer')
  return answer
}

interface FeedPayload {
  feed: FeedEvent
}

function makeSchema(subscribers: Set<EventIterator<FeedPayload>>): GraphQLSchema {
  const int = { type: new GraphQLNonNull(GraphQLInt) }
  const float = { type: new GraphQLNonNull(GraphQLFloat) }
  const string = { type: new GraphQLNonNull(GraphQLString) }
  const Json = new GraphQLScalarType({ name: 'Json' })
  const Greeting = new GraphQLObjectType({ name: 'Greeting', fields: { id: int, text: string } })
  const Event = new GraphQLObjectType({ name: 'Event', fields: { seq: int, from: string, text: string } })
  const ItemType = new GraphQLObjectType({
    name: 'Item',
    fields: { seq: int, symbol: string, price: float, data: string },
  })
  return new GraphQLSchema({
    query: new GraphQLObjectType({
      name: 'Query',
      fields: {
        greet: {
          type: Greeting,
          args: { id: int, name: string },
          resolve: (_source, input: GreetInput) => greet(input),
        },
        echo: {
          type: Json,
          args: { value: { type: Json } },
          resolve: (_source, { value }: { value: unknown }) => value,
        },
      },
    }),
    subscription: new GraphQLObjectType({
      name: 'Subscription',
      fields: {
        feed: {
          type: Event,
          subscribe: () => {
            const iterator = new EventIterator<FeedPayload>((ended) => subscribers.delete(ended))
            subscribers.add(iterator)
            return iterator
          },
        },
        items: {
          type: ItemType,
          args: { count: int, itemBytes: int },
          subscribe: async function* (_source, input: ItemsInput) {
            for await (const item of generateItems(input)) yield { items: item }
          },
        },
      },
    }),
  })
}
