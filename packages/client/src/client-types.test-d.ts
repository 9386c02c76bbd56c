import type {
  BuiltInError,
  GapReason,
  InferError,
  InferEvent,
  InferInput,
  InferOutput,
  InferRouter,
  Position,
  TrunklineError,
} from '@trunkline/core'
import { tracked, trunkline } from '@trunkline/core'
import * as v from 'valibot'
import { expectTypeOf, test } from 'vitest'
import {
  type CallPromise,
  type Client,
  type ClientAndConnection,
  createClient,
  type EntryPlace,
  isTrunklineError,
  reduceTopic,
  type SubscriptionHandle,
  safe,
  type TopicStatus,
  upsertBy,
} from './index.js'

const t = trunkline()
const admin = t.router({ ban: t.procedure.input(v.string()).mutation(() => true) })
const router = t.router({
  room: t.topic({
    params: v.object({ room: v.string() }),
    event: v.object({ text: v.string(), at: v.optional(v.date(), () => new Date()) }),
    delivery: 'log',
    clientPublish: true,
  }),
  notes: t.topic({ event: v.string(), delivery: 'log', snapshot: () => ['a'] }),
  pulse: t.topic({ event: v.number(), delivery: 'ephemeral' }),
  prices: t.topic({ event: v.object({ symbol: v.string() }), delivery: 'latest', key: ({ symbol }) => symbol }),
  messages: {
    list: t.procedure.input(v.object({ room: v.string() })).query(() => [{ text: 'hi', at: new Date() }]),
    send: t.procedure
      .input(v.object({ text: v.string() }))
      .errors({ MUTED: v.object({ untilMs: v.number() }), BANNED: null })
      .mutation(() => ({ id: 1 })),
    search: t.procedure.input(v.optional(v.object({ text: v.string() }))).query(() => 0),
  },
  ping: t.procedure.query(() => 'pong' as const),
  ticks: t.procedure.input(v.object({ symbol: v.string() })).subscription(async function* () {
    yield tracked('1', { price: 1 })
  }),
  beats: t.procedure.errors({ TIRED: null }).subscription(async function* () {
    yield 1
  }),
  admin,
  lazy: t.lazy(async () => ({ deep: t.procedure.query(() => 7) })),
})
interface AppRouter extends InferRouter<typeof router> {}

const { api } = createClient<AppRouter>({ url: 'ws://x', lazy: true })

test('calls are typed by their procedures', () => {
  expectTypeOf(api.messages.list.query({ room: 'a' })).resolves.toEqualTypeOf<{ text: string; at: Date }[]>()
  expectTypeOf(api.messages.send.mutate({ text: 'a' }, { key: 'k', timeoutMs: 1 })).resolves.toEqualTypeOf<{
    id: number
  }>()
  // @ts-expect-error no such input
  void api.messages.list.query({ name: 'a' })
  // @ts-expect-error its input is missing
  void api.messages.list.query()
  // @ts-expect-error no such path
  void api.messages.remove
  // @ts-expect-error a query is not a mutation
  void api.messages.list.mutate({ room: 'a' })
  // @ts-expect-error a query takes no key
  void api.messages.list.query({ room: 'a' }, { key: 'k' })
})

test('a procedure without input takes none, one with an optional input may be called without', () => {
  expectTypeOf(api.ping.query()).resolves.toEqualTypeOf<'pong'>()
  void api.ping.query(undefined, { signal: new AbortController().signal })
  // @ts-expect-error it takes no input
  void api.ping.query({ room: 'a' })
  void api.messages.search.query()
  void api.messages.search.query({ text: 'a' })
})

test('the client follows nested, joined and lazy routers', () => {
  expectTypeOf(api.admin.ban.mutate('ada')).resolves.toEqualTypeOf<boolean>()
  expectTypeOf(api.lazy.deep.query()).resolves.toEqualTypeOf<number>()
})

test('`typeof router` gives the same client', () => {
  const client = createClient<typeof router>({ url: 'ws://x', lazy: true })
  expectTypeOf(client.api.messages.send.mutate).parameters.toEqualTypeOf<Parameters<typeof api.messages.send.mutate>>()
  expectTypeOf(client.api.ping.query()).resolves.toEqualTypeOf<'pong'>()
})

test('a router that is any gives a sentence', () => {
  // biome-ignore lint/suspicious/noExplicitAny: what a package that is not installed gives
  const client = createClient<any>({ url: 'ws://x', lazy: true })
  expectTypeOf(client.api).toExtend<string>()
  // @ts-expect-error the sentence has no routes
  void client.api.messages
})

test('a client without the type of its router gives a sentence', () => {
  const client = createClient({ url: 'ws://x', lazy: true })
  expectTypeOf(client.api).toExtend<string>()
  // @ts-expect-error the sentence has no routes
  void client.api.messages
})

test('a helper takes any query by its shape, and a part of the client by its routes', async () => {
  const ask = <$Input, $Output>(query: { query(input: $Input): Promise<$Output> }, input: $Input): Promise<$Output> =>
    query.query(input)
  expectTypeOf(ask(api.messages.list, { room: 'a' })).resolves.toEqualTypeOf<{ text: string; at: Date }[]>()
  expectTypeOf(ask(api.ping, undefined)).resolves.toEqualTypeOf<'pong'>()
  // @ts-expect-error no such input
  void ask(api.messages.list, { name: 'a' })
  const part: Client<Pick<AppRouter, 'messages'>> = api
  expectTypeOf(part.messages.send.mutate({ text: 'a' })).resolves.toEqualTypeOf<{ id: number }>()
  const whole: ClientAndConnection<typeof router>['api'] = api
  expectTypeOf(whole.ping.query()).resolves.toEqualTypeOf<'pong'>()
})

test('what a client shows can be inferred like what a definition shows', () => {
  expectTypeOf<InferInput<typeof api.messages.send>>().toEqualTypeOf<{ text: string }>()
  expectTypeOf<InferOutput<typeof api.messages.send>>().toEqualTypeOf<{ id: number }>()
  expectTypeOf<InferOutput<typeof api.ticks>>().toEqualTypeOf<{ price: number }>()
  expectTypeOf<InferEvent<typeof api.room>>().toEqualTypeOf<{ text: string; at: Date }>()
  expectTypeOf<InferError<typeof api.messages.send>>().toEqualTypeOf<
    TrunklineError<'MUTED', { untilMs: number }> | TrunklineError<'BANNED', undefined> | BuiltInError
  >()
})

test('safe gives the declared errors of a call', async () => {
  const result = await safe(api.messages.send.mutate({ text: 'a' }))
  if (result.ok) {
    expectTypeOf(result.data).toEqualTypeOf<{ id: number }>()
  } else if (result.error.code === 'MUTED') {
    expectTypeOf(result.error.data).toEqualTypeOf<{ untilMs: number }>()
  } else {
    expectTypeOf(result.error.data).toEqualTypeOf<undefined>()
    // @ts-expect-error nobody declared it
    if (result.error.code === 'OTHER') return
  }
  expectTypeOf(api.ping.query()).toEqualTypeOf<CallPromise<'pong', BuiltInError>>()
  const pinged = await safe(api.ping.query())
  if (!pinged.ok) expectTypeOf(pinged.error).toEqualTypeOf<BuiltInError>()
  // An async wrapper forgets what was declared; then any code is possible.
  const wrapped = await safe((async () => api.messages.send.mutate({ text: 'a' }))())
  if (!wrapped.ok) expectTypeOf(wrapped.error.code).toEqualTypeOf<string>()
})

test('isTrunklineError narrows by procedure and code', () => {
  const error: unknown = undefined
  if (isTrunklineError(error)) expectTypeOf(error).toEqualTypeOf<TrunklineError>()
  if (isTrunklineError(error, api.messages.send, 'MUTED')) {
    expectTypeOf(error).toEqualTypeOf<TrunklineError<'MUTED', { untilMs: number }>>()
  }
  if (isTrunklineError(error, api.messages.send) && error.code === 'BANNED') {
    expectTypeOf(error.data).toEqualTypeOf<undefined>()
  }
  // @ts-expect-error this procedure declares no such error
  isTrunklineError(error, api.messages.list, 'MUTED')
})

test('a subscription is an iterable, or has callbacks', async () => {
  for await (const tick of api.ticks.subscribe({ symbol: 'A' })) expectTypeOf(tick).toEqualTypeOf<{ price: number }>()
  expectTypeOf(api.beats.subscribe()).toEqualTypeOf<AsyncIterable<number>>()
  const handle = api.beats.subscribe(undefined, {
    onItem: (item) => expectTypeOf(item).toEqualTypeOf<number>(),
    onError: (error) => expectTypeOf(error.code).extract<'TIRED'>().toEqualTypeOf<'TIRED'>(),
    onStatus: (status) =>
      expectTypeOf(status).toEqualTypeOf<'connecting' | 'live' | 'stale' | 'restarted' | 'closed'>(),
  })
  expectTypeOf(handle).toEqualTypeOf<SubscriptionHandle>()
  // @ts-expect-error a loop throws what a callback would be told
  api.ticks.subscribe({ symbol: 'A' }, { onError: () => {} })
  // @ts-expect-error its input is missing
  api.ticks.subscribe(undefined, { onItem: () => {} })
  // @ts-expect-error no such input
  api.ticks.subscribe({ name: 'A' })
  // @ts-expect-error no such input
  api.ticks.subscribe({ name: 'A' }, { onItem: () => {} })
})

test('a topic gives events; a log without a snapshot demands onGap', () => {
  const handle = api.room.subscribe(
    { room: 'a' },
    {
      onEvent: (event, { offset, position }) => {
        expectTypeOf(event).toEqualTypeOf<{ text: string; at: Date }>()
        expectTypeOf(offset).toEqualTypeOf<number>()
        expectTypeOf(position).toEqualTypeOf<Position>()
      },
      onGap: (gap) => expectTypeOf(gap.missed).toEqualTypeOf<number | undefined>(),
      since: { last: 10 },
    },
  )
  expectTypeOf(handle.status()).toEqualTypeOf<TopicStatus>()
  // @ts-expect-error what happens when events are missing?
  api.room.subscribe({ room: 'a' }, { onEvent: () => {} })
  // @ts-expect-error no such param
  api.room.subscribe({ name: 'a' }, { onEvent: () => {}, onGap: () => {} })
  api.pulse.subscribe({}, { onEvent: (n) => expectTypeOf(n).toEqualTypeOf<number>() })
  // @ts-expect-error nothing of an ephemeral topic is kept
  api.pulse.subscribe({}, { onEvent: () => {}, since: 'start' })
})

test('a topic with a snapshot demands onSnapshot, and has no gaps', () => {
  api.notes.subscribe(
    {},
    {
      onSnapshot: (state, { position }) => {
        expectTypeOf(state).toEqualTypeOf<string[]>()
        expectTypeOf(position).toEqualTypeOf<Position>()
      },
      onEvent: (event, { position }) => {
        expectTypeOf(event).toEqualTypeOf<string>()
        expectTypeOf(position).toEqualTypeOf<Position>()
      },
      since: { epoch: 'e', offset: 1, tag: 't' },
    },
  )
  // @ts-expect-error what about the state?
  api.notes.subscribe({}, { onEvent: () => {} })
  // @ts-expect-error the state comes instead of a gap
  api.notes.subscribe({}, { onSnapshot: () => {}, onEvent: () => {}, onGap: () => {} })
  // @ts-expect-error the state comes first
  api.notes.subscribe({}, { onSnapshot: () => {}, onEvent: () => {}, since: 'start' })
})

test('a latest topic gives entries with their key, and tells where the table starts anew', () => {
  api.prices.subscribe(
    {},
    {
      onEvent: (event, place) => {
        expectTypeOf(event).toEqualTypeOf<{ symbol: string }>()
        expectTypeOf(place).toEqualTypeOf<EntryPlace | undefined>()
        expectTypeOf<EntryPlace>().toEqualTypeOf<{
          readonly key: string
          readonly version: number
          readonly removed?: true | undefined
        }>()
      },
    },
  )
  api.prices.subscribe({}, { onEvent: () => {}, onGap: (gap) => expectTypeOf(gap.reason).toEqualTypeOf<GapReason>() })
  // @ts-expect-error a table comes as a whole
  api.prices.subscribe({}, { onEvent: () => {}, since: 'start' })
})

test('a topic with a snapshot can be reduced to a state', () => {
  const notes = reduceTopic(
    api.notes,
    {},
    (state, event) => {
      expectTypeOf(state).toEqualTypeOf<string[]>()
      expectTypeOf(event).toEqualTypeOf<string>()
      return [...state, event]
    },
    { onState: (state) => expectTypeOf(state).toEqualTypeOf<string[]>() },
  )
  expectTypeOf(notes.state()).toEqualTypeOf<string[] | undefined>()
  expectTypeOf(notes.status()).toEqualTypeOf<TopicStatus>()
  // @ts-expect-error its state is a list
  reduceTopic(api.notes, {}, () => 1, { onState: () => {} })
  // @ts-expect-error it has no snapshot
  reduceTopic(api.room, { room: 'a' }, (state) => state, { onState: () => {} })
  const upsert = upsertBy((item: { id: number }) => item.id)
  expectTypeOf(upsert([{ id: 1 }], { id: 2 })).toEqualTypeOf<{ id: number }[]>()
})

test('publish is there where the topic lets clients', () => {
  expectTypeOf(api.room.publish({ room: 'a' }, { text: 'hi' })).resolves.toEqualTypeOf<Position | undefined>()
  // @ts-expect-error no such event
  void api.room.publish({ room: 'a' }, { words: 'hi' })
  // @ts-expect-error clients may not publish here
  void api.pulse.publish({}, 1)
})
