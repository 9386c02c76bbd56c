// @vitest-environment happy-dom
import { dehydrate, focusManager, hydrate, QueryClient, type QueryClientConfig } from '@tanstack/react-query'
import { screen, waitFor } from '@testing-library/react'
import { type Position, upsertBy } from '@trunkline/client'
import { eventually } from '@trunkline/testkit'
import { expect, onTestFinished, test } from 'vitest'
import { type AppRouter, counts, gate, type Message, messagesOf, room, signals } from '../test/api.js'
import { startApp } from '../test/start-app.js'
import { createQueries } from './queries.js'
import { useLiveQuery } from './use-live-query.js'

const seen = (text: string): Promise<void> => waitFor(() => expect(screen.getByText(text)).toBeTruthy())
const patch = upsertBy<Message>(({ id }) => id)

async function startRoom(config?: QueryClientConfig) {
  const app = await startApp(config)
  const { api } = app
  const shown: string[] = []
  function List({ name = '', since }: { name?: string; since?: Position }) {
    const { query, topic } = useLiveQuery(
      api.messages.list,
      { room: 'a' },
      { topic: api.room, params: { room: 'a' }, patch, since },
    )
    const list = `${name}${topic.status}: ${query.data?.map(({ text }) => text).join() ?? query.status}`
    shown.push(list)
    return <p>{list}</p>
  }
  return { ...app, List, shown }
}

test('events patch the cached data, also under StrictMode, and nothing is fetched again', async () => {
  const { showStrictly, say, List, server } = await startRoom()
  messagesOf('a').push({ id: 1, text: 'one' })
  showStrictly(<List />)
  await seen('live: one')
  await say('a', 'two')
  await seen('live: one,two')
  expect(counts).toMatchObject({ lists: 1, subscribe: 1 })
  expect(server.metrics().subscriptions).toBe(1)
})

test('those who show one query and topic patch it once', async () => {
  const { show, say, api } = await startRoom()
  function Count({ name }: { name: string }) {
    // A patch that does take harm of an event that comes twice.
    const { query } = useLiveQuery(
      api.messages.list,
      { room: 'a' },
      { topic: api.room, params: { room: 'a' }, patch: (messages, message) => [...messages, message] },
      { select: ({ length }) => length },
    )
    return <p>{`${name}${query.data}`}</p>
  }
  show([<Count key="a" name="a" />, <Count key="b" name="b" />])
  await seen('a0')
  await say('a', 'hi')
  await seen('a1')
  await seen('b1')
})

test('an event that comes while a fetch is on its way is in what the fetch brings', async () => {
  const { show, say, List } = await startRoom()
  let open = (): void => {}
  gate.list = new Promise((resolve) => (open = resolve))
  show(<List />)
  // The handler has read what there was, and waits.
  await eventually(() => signals.length === 1)
  await say('a', 'meanwhile')
  await say('a', 'and again')
  open()
  await seen('live: meanwhile,and again')
  expect(counts.lists).toBe(1)
})

test('a fetch that waits in a background tab does not bring back what came before it', async () => {
  const { show, server, List, queryClient } = await startRoom({ defaultOptions: { queries: { retryDelay: 0 } } })
  const change = async (text: string): Promise<void> => {
    messagesOf('a')[0] = { id: 1, text }
    await server.publish(room, { room: 'a' }, { id: 1, text })
  }
  onTestFinished(() => focusManager.setFocused(undefined))
  messagesOf('a').push({ id: 1, text: 'old' })
  show(<List />)
  await seen('live: old')
  let fail = (_error: Error): void => {}
  gate.list = new Promise((_resolve, reject) => (fail = reject))
  void queryClient.invalidateQueries()
  await eventually(() => signals.length === 2)
  await change('while it is on its way')
  await seen('live: while it is on its way')
  focusManager.setFocused(false)
  gate.list = undefined
  fail(new Error('The database is away.'))
  const query = queryClient.getQueryCache().getAll()[0]
  await eventually(() => query?.state.fetchStatus === 'paused')
  await change('newest')
  await seen('live: newest')
  focusManager.setFocused(true)
  await eventually(() => query?.state.fetchStatus === 'idle')
  // What it brought is patched at the end of the turn.
  await Promise.resolve()
  expect(query?.state.data).toEqual([{ id: 1, text: 'newest' }])
})

test('after a gap the query is fetched again', async () => {
  const { show, say, List, network, client } = await startRoom()
  show(<List />)
  await seen('live:')
  await say('a', 'one')
  await seen('live: one')
  network.refuse(true)
  network.cutAll()
  await seen('stale: one')
  // More than is retained, and than the node has in its ring.
  for (let n = 0; n < 8; n++) await say('a', `${n}${'x'.repeat(100_000)}`)
  await say('a', 'last')
  network.refuse(false)
  client.connection.reconnect()
  await waitFor(() => expect(screen.getByText(/^live: one.*last$/)).toBeTruthy())
  expect(screen.getByText(/^live/).textContent?.match(/\d?x{100000}/g)).toHaveLength(8)
  expect(counts.lists).toBe(2)
})

test('after a short drop it goes on without a fetch', async () => {
  const { show, say, List, network } = await startRoom()
  show(<List />)
  await seen('live:')
  await say('a', 'one')
  await seen('live: one')
  network.cutAll()
  await say('a', 'two')
  await seen('live: one,two')
  expect(counts.lists).toBe(1)
})

test('data that were left are taken up behind their position', async () => {
  const { show, say, List, subscribed } = await startRoom()
  const { rerender } = show(<List />)
  await seen('live:')
  await say('a', 'one')
  await seen('live: one')
  rerender(null)
  await subscribed(0)
  await say('a', 'away')
  rerender(<List name="again " />)
  expect(screen.getByText('again connecting: one')).toBeTruthy()
  await seen('again live: one,away')
  expect(counts.lists).toBe(1)
})

test('data of which no position is known are fetched again once the topic answered', async () => {
  const { show, say, List, queryClient, client, api } = await startRoom()
  await say('a', 'one')
  const known = await client.api.messages.list.query({ room: 'a' })
  queryClient.setQueryData(api.messages.list.queryKey({ room: 'a' }), known)
  await say('a', 'meanwhile')
  show(<List />)
  expect(screen.getByText('connecting: one')).toBeTruthy()
  await seen('live: one,meanwhile')
  expect(counts.lists).toBe(2)
})

test('what a server fetched goes on behind the position that it noted before', async () => {
  const { show, say, List, queryClient, caller } = await startRoom()
  await say('a', 'one')
  const since = await caller.room.position({ room: 'a' })
  const onServer = new QueryClient()
  await createQueries<AppRouter>(caller).messages.list.prefetch(onServer, { room: 'a' })
  hydrate(queryClient, dehydrate(onServer))
  await say('a', 'meanwhile')
  show(<List since={since} />)
  expect(screen.getByText('connecting: one')).toBeTruthy()
  await seen('live: one,meanwhile')
  expect(counts.lists).toBe(1)
})

test('what could not be patched is fetched again, and reported', async () => {
  const { api, show, say, client } = await startApp()
  const failures: unknown[] = []
  client.connection.on('listener-failed', ({ error, path }) => failures.push(`${path}: ${String(error)}`))
  function List() {
    const { query } = useLiveQuery(
      api.messages.list,
      { room: 'a' },
      {
        topic: api.room,
        params: { room: 'a' },
        patch: (messages, message) => {
          if (message.text === 'odd') throw new Error('not this one')
          return patch(messages, message)
        },
      },
    )
    return <p>{`${query.status} ${query.data?.map(({ text }) => text).join()}`}</p>
  }
  show(<List />)
  await seen('success')
  await say('a', 'odd')
  await seen('success odd')
  await say('a', 'next')
  await seen('success odd,next')
  expect(failures).toEqual(['room: Error: not this one'])
  expect(counts.lists).toBe(2)
})

test('a needed fetch that somebody called off is made up for when the next event comes', async () => {
  const { api, show, say, List, queryClient } = await startRoom()
  const queryKey = api.messages.list.queryKey({ room: 'a' })
  gate.list = new Promise(() => {})
  show(<List />)
  await eventually(() => signals.length === 1)
  // As an optimistic update does.
  await queryClient.cancelQueries({ queryKey })
  queryClient.setQueryData(queryKey, [{ id: 9, text: 'mine' }])
  await seen('live: mine')
  gate.list = undefined
  await say('a', 'one')
  await seen('live: one')
  await say('a', 'two')
  await seen('live: one,two')
  expect(counts.lists).toBe(2)
})

test('where events have no position, what may have been missed while away is fetched again', async () => {
  const { api, show, network, client } = await startApp()
  function List() {
    const { query, topic } = useLiveQuery(
      api.messages.list,
      { room: 'a' },
      { topic: api.prices, params: {}, patch: (messages) => messages },
    )
    return <p>{`${topic.status} ${query.data?.length}`}</p>
  }
  show(<List />)
  await seen('live 0')
  messagesOf('a').push({ id: 1, text: 'nobody was told' })
  network.refuse(true)
  network.cutAll()
  await seen('stale 0')
  network.refuse(false)
  client.connection.reconnect()
  await seen('live 1')
  expect(counts.lists).toBe(2)
})

test('the query is there also where the topic was refused', async () => {
  const { api, show } = await startApp()
  function List() {
    const { query, topic } = useLiveQuery(
      api.messages.list,
      { room: 'secret' },
      { topic: api.room, params: { room: 'secret' }, patch },
    )
    return <p>{`${topic.error?.code} ${query.status}`}</p>
  }
  show(<List />)
  await seen('FORBIDDEN success')
})

test('while it is not enabled nothing is asked for', async () => {
  const { api, show, client, server } = await startApp()
  function List() {
    const { query, topic } = useLiveQuery(
      api.messages.list,
      { room: 'a' },
      { topic: api.room, params: { room: 'a' }, patch },
      { enabled: false },
    )
    return <p>{`${topic.status} ${query.fetchStatus}`}</p>
  }
  show(<List />)
  await seen('idle idle')
  await client.connection.connect()
  expect(server.metrics().subscriptions).toBe(0)
  expect(counts.lists).toBe(0)
})
