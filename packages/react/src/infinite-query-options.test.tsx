// @vitest-environment happy-dom
import { skipToken, useInfiniteQuery } from '@tanstack/react-query'
import { screen, waitFor } from '@testing-library/react'
import { trunkline } from '@trunkline/core'
import * as v from 'valibot'
import { expect, test } from 'vitest'
import { counts, messagesOf } from '../test/api.js'
import { startApp } from '../test/start-app.js'
import { createQueries } from './queries.js'

const seen = (text: string): Promise<void> => waitFor(() => expect(screen.getByText(text)).toBeTruthy())

test('reads a query page by page, and again as a whole when its input is invalidated', async () => {
  const { api, show, queryClient } = await startApp()
  const messages = messagesOf('a')
  for (let id = 1; id <= 5; id++) messages.push({ id, text: `m${id}` })
  function Pages({ room }: { room: string | undefined }) {
    const { data, fetchNextPage, hasNextPage } = useInfiniteQuery(
      api.messages.page.infiniteQueryOptions(
        room === undefined ? skipToken : (before: number | undefined) => ({ room, before }),
        { initialPageParam: undefined, getNextPageParam: (page) => (page.length === 2 ? page[1]?.id : undefined) },
      ),
    )
    const texts = data?.pages.map((page) => page.map(({ text }) => text).join(' '))
    return (
      <button type="button" onClick={() => fetchNextPage()}>
        {texts ? `${texts.join(' | ')}${hasNextPage ? ' ...' : ''}` : 'nothing'}
      </button>
    )
  }
  const { rerender } = show(<Pages room={undefined} />)
  await seen('nothing')
  expect(counts.pages).toBe(0)
  rerender(<Pages room="a" />)
  await seen('m5 m4 ...')
  screen.getByRole('button').click()
  await seen('m5 m4 | m3 m2 ...')
  screen.getByRole('button').click()
  await seen('m5 m4 | m3 m2 | m1')
  expect(counts.pages).toBe(3)

  // The same input asked for at once is another entry, of one page.
  const first = await api.messages.page.ensure(queryClient, { room: 'a' })
  expect(first.map(({ id }) => id)).toEqual([5, 4])
  expect(counts.pages).toBe(4)

  messages.push({ id: 6, text: 'm6' })
  await queryClient.invalidateQueries({ queryKey: api.messages.page.queryKey({ room: 'b' }) })
  expect(counts.pages).toBe(4)
  await queryClient.invalidateQueries({ queryKey: api.messages.page.queryKey({ room: 'a' }) })
  await seen('m6 m5 | m4 m3 | m2 m1 ...')
})

test('pages whose first one has no input are no other entry either', () => {
  const t = trunkline()
  const router = t.router({ find: t.procedure.input(v.optional(v.string())).query(() => [1]) })
  const { find } = createQueries<typeof router>({})
  const options = { initialPageParam: undefined, getNextPageParam: () => undefined }
  const keys = [
    find.infiniteQueryOptions(() => undefined, options).queryKey,
    find.infiniteQueryOptions(skipToken, options).queryKey,
  ]
  for (const key of keys) {
    expect(key.slice(0, find.queryKey().length)).toEqual(find.queryKey())
    expect(key).not.toEqual(find.queryKey('pages'))
  }
})
