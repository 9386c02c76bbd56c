// @vitest-environment happy-dom
import { screen, waitFor } from '@testing-library/react'
import { Suspense } from 'react'
import { expect, test } from 'vitest'
import { counts, messagesOf } from '../test/api.js'
import { startApp } from '../test/start-app.js'

test('suspends until its data are there', async () => {
  const { api, showStrictly } = await startApp()
  messagesOf('a').push({ id: 1, text: 'hi' })
  function List() {
    const { data } = api.messages.list.useSuspenseQuery({ room: 'a' })
    return <p>{data.map(({ text }) => text).join()}</p>
  }
  showStrictly(
    <Suspense fallback={<p>wait</p>}>
      <List />
    </Suspense>,
  )
  expect(screen.getByText('wait')).toBeTruthy()
  await waitFor(() => expect(screen.getByText('hi')).toBeTruthy())
  expect(counts.lists).toBe(1)
})
