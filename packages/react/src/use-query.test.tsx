// @vitest-environment happy-dom
import { QueryClient, skipToken, useQueries, useQuery } from '@tanstack/react-query'
import { screen, waitFor } from '@testing-library/react'
import { eventually } from '@trunkline/testkit'
import { expect, test } from 'vitest'
import { counts, gate, messagesOf, signals } from '../test/api.js'
import { startApp } from '../test/start-app.js'

const seen = (text: string): Promise<void> => waitFor(() => expect(screen.getByText(text)).toBeTruthy())

test('asks, and shows the answer; who shows the same shares it', async () => {
  const { api, show } = await startApp()
  messagesOf('a').push({ id: 1, text: 'hi' })
  function List({ name }: { name: string }) {
    const { data } = api.messages.list.useQuery({ room: 'a' })
    return <p>{`${name}: ${data?.map(({ text }) => text).join()}`}</p>
  }
  show([<List key="a" name="a" />, <List key="b" name="b" />])
  await seen('a: hi')
  await seen('b: hi')
  expect(counts.lists).toBe(1)
})

test('a declared error is the error of the query', async () => {
  const { api, show } = await startApp()
  function Fails() {
    const { error } = api.fails.useQuery()
    return <p>{error?.code === 'TIRED' ? `${error.data.hours} hours` : error?.code}</p>
  }
  show(<Fails />)
  await seen('8 hours')
})

test('another input shows nothing of the one before', async () => {
  const { api, show } = await startApp()
  messagesOf('a').push({ id: 1, text: 'of a' })
  messagesOf('b').push({ id: 1, text: 'of b' })
  const shown: string[] = []
  function List({ room }: { room: string }) {
    const { data } = api.messages.list.useQuery({ room })
    shown.push(`${room}: ${data?.[0]?.text}`)
    return null
  }
  const { rerender } = show(<List room="a" />)
  await eventually(() => shown.at(-1) === 'a: of a')
  rerender(<List room="b" />)
  await eventually(() => shown.at(-1) === 'b: of b')
  expect(shown).not.toContain('b: of a')
})

test('when nobody shows it any more its call is given up, at the server too', async () => {
  const { api, show } = await startApp()
  let open = (): void => {}
  gate.list = new Promise((resolve) => (open = resolve))
  function List() {
    api.messages.list.useQuery({ room: 'a' })
    return null
  }
  const { unmount } = show(<List />)
  const signal = await eventually(() => signals[0])
  unmount()
  await eventually(() => signal.aborted)
  open()
})

test('with `skipToken` it waits', async () => {
  const { api, show } = await startApp()
  function List({ room }: { room?: string }) {
    const { data, fetchStatus } = api.messages.list.useQuery(room ? { room } : skipToken, {
      select: (messages) => messages.length,
    })
    return <p>{`${fetchStatus} ${data}`}</p>
  }
  const { rerender } = show(<List />)
  await seen('idle undefined')
  expect(counts.lists).toBe(0)
  rerender(<List room="a" />)
  await seen('idle 0')
})

test('`queryOptions` with `skipToken` waits in TanStack’s own hooks', async () => {
  const { api, show } = await startApp()
  function List({ room }: { room?: string }) {
    const options = api.messages.list.queryOptions(room ? { room } : skipToken, { select: ({ length }) => length })
    const [one, other] = [useQuery(options), useQueries({ queries: [options] })[0]]
    return <p>{`${one.fetchStatus} ${one.data} ${other.data}`}</p>
  }
  const { rerender } = show(<List />)
  await seen('idle undefined undefined')
  expect(counts.lists).toBe(0)
  rerender(<List room="a" />)
  await seen('idle 0 0')
  expect(counts.lists).toBe(1)
})

test('`queryOptions`, `queryKey`, `prefetch` and `ensure` work with TanStack’s own functions', async () => {
  const { api, show, queryClient } = await startApp()
  messagesOf('a').push({ id: 1, text: 'hi' })
  function Lists() {
    const [a, b] = useQueries({ queries: [api.messages.list.queryOptions({ room: 'a' }), api.whoami.queryOptions()] })
    return <p>{`${a.data?.length} ${b.data}`}</p>
  }
  show(<Lists />)
  await seen('1 ada')
  expect(counts.lists).toBe(1)
  expect(queryClient.getQueryData(api.messages.list.queryKey({ room: 'a' }))).toEqual([{ id: 1, text: 'hi' }])
  expect(await api.messages.list.ensure(queryClient, { room: 'a' })).toEqual([{ id: 1, text: 'hi' }])
  expect(counts.lists).toBe(1)
  await api.messages.list.prefetch(queryClient, { room: 'b' })
  expect(queryClient.getQueryData(api.messages.list.queryKey({ room: 'b' }))).toEqual([])
  await queryClient.invalidateQueries({ queryKey: api.messages.pathKey() })
  // The one that is shown is fetched again, the other is marked.
  expect(counts.lists).toBe(3)
  expect(queryClient.getQueryState(api.messages.list.queryKey({ room: 'b' }))?.isInvalidated).toBe(true)
})

test('the key of a path begins the keys below it, and says of the input what JSON cannot', async () => {
  const { api } = await startApp()
  expect(api.pathKey()).toEqual(['trunkline'])
  expect(api.messages.list.queryKey()).toEqual(['trunkline', 'messages', 'list'])
  expect(api.messages.list.queryKey({ room: 'a' })).toEqual(['trunkline', 'messages', 'list', { room: 'a' }])
  const untyped = api.whoami as unknown as { queryKey(input: unknown): unknown }
  expect(untyped.queryKey(new Map([['a', 1n]]))).toEqual(['trunkline', 'whoami', ['Map', ['a', '1n']]])
})

test('says what is missing above', async () => {
  const { api } = await startApp()
  const fetched = new QueryClient().fetchQuery(api.whoami.queryOptions())
  await expect(fetched).rejects.toThrow('There is no <TrunklineProvider> under the provider of this QueryClient.')
})
