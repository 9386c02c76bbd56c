// @vitest-environment happy-dom
import { useIsMutating, useMutation, useQueryClient } from '@tanstack/react-query'
import { screen, waitFor } from '@testing-library/react'
import { expect, test } from 'vitest'
import { gate, messagesOf } from '../test/api.js'
import { startApp } from '../test/start-app.js'

const seen = (text: string): Promise<void> => waitFor(() => expect(screen.getByText(text)).toBeTruthy())

test('changes something; a declared error narrows by its code', async () => {
  const { api, show } = await startApp()
  function Send() {
    const send = api.messages.send.useMutation()
    const muted = send.error?.code === 'MUTED' ? send.error.data.untilMs : undefined
    return (
      <>
        <p>{`${send.status} ${send.data?.text} ${muted}`}</p>
        <button type="button" onClick={() => send.mutate({ room: 'a', text: 'hi' })}>
          hi
        </button>
        <button type="button" onClick={() => send.mutate({ room: 'a', text: 'loud' })}>
          loud
        </button>
      </>
    )
  }
  show(<Send />)
  screen.getByText('hi').click()
  await seen('success hi undefined')
  screen.getByText('loud').click()
  await seen('error undefined 60000')
})

test('an optimistic update shows at once, and is taken back when the server refuses', async () => {
  const { api, show } = await startApp()
  function Room() {
    const queryClient = useQueryClient()
    const queryKey = api.messages.list.queryKey({ room: 'a' })
    const { data } = api.messages.list.useQuery({ room: 'a' })
    const send = api.messages.send.useMutation({
      onMutate: async ({ text }) => {
        await queryClient.cancelQueries({ queryKey })
        const before = queryClient.getQueryData(queryKey)
        queryClient.setQueryData(queryKey, (messages = []) => [...messages, { id: -1, text: `${text}…` }])
        return { before }
      },
      onError: (_error, _input, result) => queryClient.setQueryData(queryKey, result?.before),
      onSettled: () => queryClient.invalidateQueries({ queryKey }),
    })
    return (
      <>
        <p>{`has ${data?.map(({ text }) => text).join()}`}</p>
        <button type="button" onClick={() => send.mutate({ room: 'a', text: 'hi' })}>
          send
        </button>
        <button type="button" onClick={() => send.mutate({ room: 'a', text: 'loud' })}>
          shout
        </button>
      </>
    )
  }
  /** Holds the answer back until what comes before it was seen. */
  const hold = (): (() => void) => {
    let open = (): void => {}
    gate.send = new Promise((resolve) => (open = resolve))
    return open
  }
  show(<Room />)
  await seen('has')
  const send = hold()
  screen.getByText('send').click()
  await seen('has hi…')
  send()
  await seen('has hi')
  const refuse = hold()
  screen.getByText('shout').click()
  await seen('has hi,loud…')
  refuse()
  await seen('has hi')
  expect(messagesOf('a')).toHaveLength(1)
})

test('`mutationOptions` and `mutationKey` work with TanStack’s own functions', async () => {
  const { api, show } = await startApp()
  function Reset() {
    const reset = useMutation(api.reset.mutationOptions({ meta: { by: 'a test' } }))
    const running = useIsMutating({ mutationKey: api.reset.mutationKey() })
    return (
      <button type="button" onClick={() => reset.mutate()}>
        {`${running} ${reset.data}`}
      </button>
    )
  }
  show(<Reset />)
  screen.getByRole('button').click()
  await seen('1 undefined')
  await seen('0 true')
})
