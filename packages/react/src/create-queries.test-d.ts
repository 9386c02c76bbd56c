import { QueryClient } from '@tanstack/react-query'
import { createClient } from '@trunkline/client'
import { trunkline } from '@trunkline/core'
import { createCaller } from '@trunkline/server'
import * as v from 'valibot'
import { expectTypeOf, test } from 'vitest'
import { createQueries } from './queries.js'

const t = trunkline()
const router = t.router({
  notes: t.topic({ event: v.string(), delivery: 'log' }),
  messages: {
    list: t.procedure.input(v.object({ room: v.string() })).query(() => [{ text: 'hi' }]),
    send: t.procedure.mutation(() => true),
  },
})
type AppRouter = typeof router

const queryClient = new QueryClient()
const queries = createQueries<AppRouter>(createCaller({ router, context: {} }))

test('queries are typed by their procedures, and have no hooks', () => {
  expectTypeOf(queries.messages.list.ensure(queryClient, { room: 'a' })).resolves.toEqualTypeOf<{ text: string }[]>()
  expectTypeOf(queryClient.fetchQuery(queries.messages.list.queryOptions({ room: 'a' }))).resolves.toEqualTypeOf<
    { text: string }[]
  >()
  void queryClient.invalidateQueries({ queryKey: queries.messages.pathKey() })
  // @ts-expect-error no such input
  void queries.messages.list.prefetch(queryClient, { name: 'a' })
  // @ts-expect-error hooks are for components
  queries.messages.list.useQuery({ room: 'a' })
  // @ts-expect-error a mutation is not fetched
  void queries.messages.send.prefetch(queryClient)
  // @ts-expect-error a topic is not fetched
  void queries.notes.prefetch(queryClient)
})

test('what is no query is a sentence that says so', () => {
  expectTypeOf(
    queries.messages.send,
  ).toEqualTypeOf<'Here are queries only: mutations, subscriptions and topics need the client.'>()
  expectTypeOf(queries.notes).toExtend<string>()
})

test('a client calls them as well', () => {
  createQueries<AppRouter>(createClient<AppRouter>({ url: 'ws://x', lazy: true }).api)
})
