import {
  type InfiniteData,
  QueryClient,
  skipToken,
  useInfiniteQuery,
  useMutation,
  useQueries,
  useQuery,
  useSuspenseInfiniteQuery,
  useSuspenseQuery,
} from '@tanstack/react-query'
import type { BuiltInError, ConnectionStatus, Gap, Position, TopicStatus, TrunklineError } from '@trunkline/client'
import { createClient, upsertBy } from '@trunkline/client'
import { type InferRouter, tracked, trunkline } from '@trunkline/core'
import * as v from 'valibot'
import { expectTypeOf, test } from 'vitest'
import { createReact, useLiveQuery } from './index.js'

const t = trunkline()
const admin = t.router({ ban: t.procedure.input(v.string()).mutation(() => true) })
const router = t.router({
  room: t.topic({
    params: v.object({ room: v.string() }),
    event: v.object({ text: v.string(), at: v.optional(v.date(), () => new Date()) }),
    delivery: 'log',
    presence: v.object({ name: v.string(), typing: v.optional(v.boolean(), false) }),
  }),
  notes: t.topic({
    params: v.object({ of: v.string() }),
    event: v.object({ id: v.number(), text: v.string() }),
    delivery: 'log',
    snapshot: () => [{ id: 1, text: 'a' }],
  }),
  prices: t.topic({
    event: v.object({ symbol: v.string(), price: v.number() }),
    delivery: 'latest',
    key: ({ symbol }) => symbol,
  }),
  messages: {
    list: t.procedure
      .input(v.object({ room: v.string(), limit: v.optional(v.number(), 50) }))
      .errors({ GONE: v.object({ to: v.string() }) })
      .query(() => [{ text: 'hi', at: new Date() }]),
    send: t.procedure
      .input(v.object({ text: v.string() }))
      .errors({ MUTED: v.object({ untilMs: v.number() }), BANNED: null })
      .mutation(() => ({ id: 1 })),
    page: t.procedure.input(v.object({ room: v.string(), before: v.optional(v.number()) })).query(() => [{ id: 1 }]),
    search: t.procedure.input(v.optional(v.object({ text: v.string() }))).query(() => 0),
    clear: t.procedure.input(v.optional(v.object({ before: v.date() }))).mutation(() => 'cleared' as const),
  },
  ping: t.procedure.query(() => 'pong' as const),
  reset: t.procedure.mutation(() => true),
  ticks: t.procedure
    .input(v.object({ symbol: v.string() }))
    .errors({ DELISTED: null })
    .subscription(async function* () {
      yield tracked('1', { price: 1 })
    }),
  admin,
})
interface AppRouter extends InferRouter<typeof router> {}

const { api, TrunklineProvider, useConnection, useClient } = createReact<AppRouter>()
const queryClient = new QueryClient()

interface Message {
  text: string
  at: Date
}
type Gone = TrunklineError<'GONE', { to: string }> | BuiltInError

test('a query infers its input, output and declared errors', () => {
  const query = api.messages.list.useQuery({ room: 'a' })
  expectTypeOf(query.data).toEqualTypeOf<Message[] | undefined>()
  expectTypeOf(query.error).toEqualTypeOf<Gone | null>()
  if (query.error?.code === 'GONE') expectTypeOf(query.error.data).toEqualTypeOf<{ to: string }>()
  if (query.isSuccess) expectTypeOf(query.data).toEqualTypeOf<Message[]>()
  expectTypeOf(api.messages.list.useQuery(skipToken).data).toEqualTypeOf<Message[] | undefined>()
  expectTypeOf(api.messages.list.useQuery({ room: 'a' }, { select: (list) => list.length }).data).toEqualTypeOf<
    number | undefined
  >()
  expectTypeOf(api.ping.useQuery().data).toEqualTypeOf<'pong' | undefined>()
  expectTypeOf(api.messages.search.useQuery(undefined, { enabled: false }).data).toEqualTypeOf<number | undefined>()
  // @ts-expect-error no such input
  api.messages.list.useQuery({ name: 'a' })
  // @ts-expect-error its input is missing
  api.messages.list.useQuery()
  // @ts-expect-error the path says which key it has
  api.messages.list.useQuery({ room: 'a' }, { queryKey: ['mine'] })
  // @ts-expect-error a query is not a mutation
  api.messages.list.useMutation()
  // @ts-expect-error no such path
  api.messages.remove.useQuery()
})

test('a query that suspends always has data', () => {
  expectTypeOf(api.messages.list.useSuspenseQuery({ room: 'a' }).data).toEqualTypeOf<Message[]>()
  expectTypeOf(
    api.messages.list.useSuspenseQuery({ room: 'a' }, { select: ([first]) => first?.text }).data,
  ).toEqualTypeOf<string | undefined>()
  // @ts-expect-error it cannot wait for its input
  api.messages.list.useSuspenseQuery(skipToken)
  // @ts-expect-error nor be disabled
  api.messages.list.useSuspenseQuery({ room: 'a' }, { enabled: false })
})

test('options and keys keep their types in TanStack’s own functions', () => {
  const options = api.messages.list.queryOptions({ room: 'a' })
  expectTypeOf(useQuery(options).data).toEqualTypeOf<Message[] | undefined>()
  expectTypeOf(useQuery(options).error).toEqualTypeOf<Gone | null>()
  expectTypeOf(useSuspenseQuery(options).data).toEqualTypeOf<Message[]>()
  expectTypeOf(useQuery(api.messages.list.queryOptions({ room: 'a' }, { select: () => 1 })).data).toEqualTypeOf<
    number | undefined
  >()
  expectTypeOf(queryClient.fetchQuery(options)).resolves.toEqualTypeOf<Message[]>()
  const queryKey = api.messages.list.queryKey({ room: 'a' })
  expectTypeOf(queryClient.getQueryData(queryKey)).toEqualTypeOf<Message[] | undefined>()
  queryClient.setQueryData(queryKey, (list) => list?.filter(({ at }) => at > new Date()))
  // @ts-expect-error not what the query gives
  queryClient.setQueryData(queryKey, [1])
  void queryClient.invalidateQueries({ queryKey: api.messages.pathKey() })
  expectTypeOf(api.messages.list.ensure(queryClient, { room: 'a' })).resolves.toEqualTypeOf<Message[]>()
  expectTypeOf(api.ping.prefetch(queryClient)).resolves.toEqualTypeOf<void>()
  // @ts-expect-error its input is missing
  void api.messages.list.prefetch(queryClient)
})

test('options of a query that may wait for its input are for whatever may wait', () => {
  const room = undefined as string | undefined
  const options = api.messages.list.queryOptions(room === undefined ? skipToken : { room })
  expectTypeOf(useQuery(options).data).toEqualTypeOf<Message[] | undefined>()
  expectTypeOf(useQuery(options).error).toEqualTypeOf<Gone | null>()
  expectTypeOf(useQueries({ queries: [options] })[0].data).toEqualTypeOf<Message[] | undefined>()
  expectTypeOf(queryClient.getQueryData(options.queryKey)).toEqualTypeOf<Message[] | undefined>()
  const counted = api.messages.list.queryOptions(skipToken, { select: (list) => list.length })
  expectTypeOf(useQuery(counted).data).toEqualTypeOf<number | undefined>()
  expectTypeOf(useQuery(api.ping.queryOptions(skipToken)).data).toEqualTypeOf<'pong' | undefined>()
  // @ts-expect-error a query that suspends has its data
  useSuspenseQuery(options)
  // @ts-expect-error not its input
  api.messages.list.queryOptions(room === undefined ? skipToken : { name: room })
  // @ts-expect-error there is nothing to wait for
  void api.messages.list.prefetch(queryClient, skipToken)
  // @ts-expect-error there is nothing to wait for
  void api.messages.list.ensure(queryClient, skipToken)
})

test('a mutation infers its input, output and declared errors', () => {
  const send = api.messages.send.useMutation({
    onMutate: ({ text }) => ({ before: text }),
    onError: (error, { text }, result) => {
      if (error.code === 'MUTED') expectTypeOf(error.data).toEqualTypeOf<{ untilMs: number }>()
      expectTypeOf(text).toEqualTypeOf<string>()
      expectTypeOf(result).toEqualTypeOf<{ before: string } | undefined>()
    },
    onSuccess: ({ id }) => expectTypeOf(id).toEqualTypeOf<number>(),
  })
  send.mutate({ text: 'hi' })
  expectTypeOf(send.mutateAsync({ text: 'hi' })).resolves.toEqualTypeOf<{ id: number }>()
  expectTypeOf(send.error).toEqualTypeOf<
    TrunklineError<'MUTED', { untilMs: number }> | TrunklineError<'BANNED', undefined> | BuiltInError | null
  >()
  // @ts-expect-error its input is missing
  send.mutate()
  // @ts-expect-error not its input
  send.mutate({ room: 'a' })
  api.reset.useMutation().mutate()
  // @ts-expect-error it takes none
  api.reset.useMutation().mutate({ text: 'hi' })
  api.messages.clear.useMutation().mutate()
  api.messages.clear.useMutation().mutate({ before: new Date() })
  api.admin.ban.useMutation().mutate('bob')
  useMutation(api.messages.send.mutationOptions()).mutate({ text: 'hi' })
})

test('a mutation takes a function that gives the key of an input', () => {
  api.messages.send.useMutation({ key: ({ text }) => text })
  useMutation(api.messages.send.mutationOptions({ key: () => undefined, onMutate: () => ({ before: 1 }) }))
  // @ts-expect-error a key is text
  api.messages.send.useMutation({ key: ({ text }) => text.length })
  // @ts-expect-error no such member of the input
  api.messages.send.useMutation({ key: ({ id }) => id })
  // @ts-expect-error no such option
  api.messages.send.useMutation({ keys: 'a' })
})

test('a subscription infers its input, item and declared errors', () => {
  const { data, status, error } = api.ticks.useSubscription(
    { symbol: 'ACME' },
    { onItem: ({ price }) => expectTypeOf(price).toEqualTypeOf<number>() },
  )
  expectTypeOf(data).toEqualTypeOf<{ price: number } | undefined>()
  expectTypeOf(status).toEqualTypeOf<'idle' | 'connecting' | 'live' | 'stale' | 'restarted' | 'closed'>()
  expectTypeOf(error).toEqualTypeOf<TrunklineError<'DELISTED', undefined> | BuiltInError | undefined>()
  const selected = api.ticks.useSubscription(skipToken, { select: ({ price }) => `${price}` })
  expectTypeOf(selected.data).toEqualTypeOf<string | undefined>()
  // @ts-expect-error no such input
  api.ticks.useSubscription({ name: 'ACME' })
  // @ts-expect-error its input is missing
  api.ticks.useSubscription()
})

test('a topic infers its params, events and places, and a log demands onGap', () => {
  const { status, error } = api.room.useTopic(
    { room: 'a' },
    {
      since: { last: 10 },
      enabled: true,
      onEvent: (event, { offset, position }) => {
        expectTypeOf(event).toEqualTypeOf<{ text: string; at: Date }>()
        expectTypeOf(offset).toEqualTypeOf<number>()
        expectTypeOf(position).toEqualTypeOf<Position>()
      },
      onGap: (gap) => expectTypeOf(gap).toEqualTypeOf<Gap>(),
    },
  )
  expectTypeOf(status).toEqualTypeOf<TopicStatus | 'idle'>()
  expectTypeOf(error).toEqualTypeOf<TrunklineError | undefined>()
  api.notes.useTopic(
    { of: 'ada' },
    {
      onSnapshot: (state) => expectTypeOf(state).toEqualTypeOf<{ id: number; text: string }[]>(),
      onEvent: () => {},
    },
  )
  api.prices.useTopic({}, { onEvent: (_event, place) => place?.key })
  // @ts-expect-error a log demands onGap
  api.room.useTopic({ room: 'a' }, { onEvent: () => {} })
  // @ts-expect-error a topic with a snapshot demands onSnapshot
  api.notes.useTopic({ of: 'ada' }, { onEvent: () => {} })
  // @ts-expect-error no such params
  api.room.useTopic({ name: 'a' }, { onEvent: () => {}, onGap: () => {} })
  // @ts-expect-error a hook ends with its component
  api.prices.useTopic({}, { onEvent: () => {}, signal: new AbortController().signal })
})

test('presence infers what is joined with and what members show', () => {
  const { members, count, update, error } = api.room.usePresence({ room: 'a' }, { name: 'Ada' })
  expectTypeOf(members[0]?.state).toEqualTypeOf<{ name: string; typing: boolean } | undefined>()
  expectTypeOf(count).toEqualTypeOf<number>()
  expectTypeOf(error).toEqualTypeOf<TrunklineError | undefined>()
  update({ typing: true }, { revertAfterMs: 3_000 })
  api.room.usePresence(skipToken)
  api.room.usePresence({ room: 'a' }, undefined, { enabled: false })
  // @ts-expect-error no such state
  api.room.usePresence({ room: 'a' }, { title: 'Ada' })
  // @ts-expect-error no such member of the state
  update({ title: 'Ada' })
  // @ts-expect-error this topic has no presence
  api.notes.usePresence({ of: 'ada' })
})

test('live state is that of the snapshot, or of what it begins with', () => {
  const reduce = upsertBy<{ id: number; text: string }>(({ id }) => id)
  const notes = api.notes.useLive({ of: 'ada' }, { reduce })
  expectTypeOf(notes.data).toEqualTypeOf<{ id: number; text: string }[] | undefined>()
  expectTypeOf(notes.status).toEqualTypeOf<TopicStatus | 'idle'>()
  const position: Position = { epoch: 'e', offset: 1, tag: 't' }
  const counted = api.notes.useLive(
    { of: 'ada' },
    { reduce, initial: { state: [], position }, select: (list) => list.length },
  )
  // What a server rendered is there from the start.
  expectTypeOf(counted.data).toEqualTypeOf<number>()
  expectTypeOf(api.notes.useLive({ of: 'ada' }, { reduce, initial: { state: [], position } }).data).toEqualTypeOf<
    { id: number; text: string }[]
  >()
  const table = api.prices.useLive(
    {},
    {
      empty: {} as Readonly<Record<string, number>>,
      reduce: (state, { symbol, price }) => ({ ...state, [symbol]: price }),
    },
  )
  expectTypeOf(table.data).toEqualTypeOf<Readonly<Record<string, number>>>()
  const feed = api.room.useLive(
    { room: 'a' },
    { empty: [] as string[], reduce: (lines, { text }) => [...lines, text], onGap: (lines) => lines },
  )
  expectTypeOf(feed.data).toEqualTypeOf<string[]>()
  // @ts-expect-error a state without its position cannot be continued
  api.notes.useLive({ of: 'ada' }, { reduce, initial: { state: [] } })
  // @ts-expect-error without a snapshot it must be said what it begins with
  api.prices.useLive({}, { reduce: (state: number) => state })
  // @ts-expect-error a log without a snapshot must say what happens when events are missing
  api.room.useLive({ room: 'a' }, { empty: 0, reduce: (count) => count + 1 })
})

test('a live query is patched by the events of the topic that is given', () => {
  const { query, topic } = useLiveQuery(
    api.messages.list,
    { room: 'a' },
    {
      topic: api.room,
      params: { room: 'a' },
      patch: (list, event) => {
        expectTypeOf(list).toEqualTypeOf<Message[]>()
        expectTypeOf(event).toEqualTypeOf<{ text: string; at: Date }>()
        return [...list, event]
      },
    },
    { select: (list) => list.length },
  )
  expectTypeOf(query.data).toEqualTypeOf<number | undefined>()
  expectTypeOf(query.error).toEqualTypeOf<Gone | null>()
  expectTypeOf(topic.status).toEqualTypeOf<TopicStatus | 'idle'>()
  useLiveQuery(api.messages.list, skipToken, { topic: api.room, params: { room: 'a' }, patch: (list) => list })
  // @ts-expect-error not the params of this topic
  useLiveQuery(api.ping, undefined, { topic: api.room, params: { of: 'ada' }, patch: (data) => data })
  // @ts-expect-error not what the query gives
  useLiveQuery(api.ping, undefined, { topic: api.prices, params: {}, patch: () => 'ping' })
})

test('hooks without the type of their router give a sentence', () => {
  const { api } = createReact()
  expectTypeOf(api).toExtend<string>()
  // @ts-expect-error the sentence has no routes
  void api.messages
})

test('the connection, the client and the provider', () => {
  expectTypeOf(useConnection()).toEqualTypeOf<ConnectionStatus>()
  expectTypeOf(useConnection(({ state }) => state === 'open')).toEqualTypeOf<boolean>()
  expectTypeOf(useClient().api.ping.query()).resolves.toEqualTypeOf<'pong'>()
  const client = createClient<AppRouter>({ url: 'ws://x', lazy: true })
  TrunklineProvider({ client, queryClient, children: null })
  const other = createClient<InferRouter<typeof admin>>({ url: 'ws://x', lazy: true })
  // @ts-expect-error the client of another router
  TrunklineProvider({ client: other })
})

test('the pages of a query: input and output of the procedure, the param of the options', () => {
  const options = api.messages.page.infiniteQueryOptions((before) => ({ room: 'a', before }), {
    initialPageParam: undefined as number | undefined,
    getNextPageParam: (page) => {
      expectTypeOf(page).toEqualTypeOf<{ id: number }[]>()
      return page.at(-1)?.id
    },
  })
  const { data, error } = useInfiniteQuery(options)
  expectTypeOf(data).toEqualTypeOf<InfiniteData<{ id: number }[], number | undefined> | undefined>()
  expectTypeOf(error).toEqualTypeOf<BuiltInError | null>()
  expectTypeOf(useSuspenseInfiniteQuery(options).data.pages).toEqualTypeOf<{ id: number }[][]>()
  void queryClient.prefetchInfiniteQuery(options)
  expectTypeOf(queryClient.getQueryData(options.queryKey)?.pages).toEqualTypeOf<{ id: number }[][] | undefined>()

  const ids = api.messages.page.infiniteQueryOptions((before: number) => ({ room: 'a', before }), {
    initialPageParam: 9,
    getNextPageParam: (page) => page.at(-1)?.id,
    select: ({ pages }) => pages.flat().map(({ id }) => id),
  })
  expectTypeOf(useInfiniteQuery(ids).data).toEqualTypeOf<number[] | undefined>()
  api.messages.page.infiniteQueryOptions(skipToken, { initialPageParam: 9, getNextPageParam: () => undefined })

  // @ts-expect-error - the input is that of the procedure
  api.messages.page.infiniteQueryOptions((before: number) => ({ rom: 'a', before }), {
    initialPageParam: 9,
    getNextPageParam: () => 1,
  })
  // @ts-expect-error - a first page needs a param
  api.messages.page.infiniteQueryOptions((before: number) => ({ room: 'a', before }), { getNextPageParam: () => 1 })
  // @ts-expect-error - a mutation has no pages
  api.messages.send.infiniteQueryOptions
})
