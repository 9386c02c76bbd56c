// @vitest-environment happy-dom
import { useIsMutating, useMutation, useQueryClient } from '@tanstack/react-query'
import { screen, waitFor } from '@testing-library/react'
import { expect, test } from 'vitest'
import { gate, keys, messagesOf } from '../test/api.js'
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

/** What `useMutation` gave in the newest render. */
async function payments(options?: Parameters<Awaited<ReturnType<typeof startApp>>['api']['pay']['useMutation']>[0]) {
  const { api, show } = await startApp()
  const shown: ReturnType<typeof api.pay.useMutation>[] = []
  function Pay() {
    shown.push(api.pay.useMutation(options))
    return <p>{`${shown.at(-1)?.status} ${shown.at(-1)?.data}`}</p>
  }
  show(<Pay />)
  return () => shown.at(-1) as (typeof shown)[number] // it was rendered
}

test('calls whose inputs have one key are one; without a key each is its own', async () => {
  const pay = await payments({ key: ({ order }) => order })
  const { mutateAsync } = pay()
  const paid = await Promise.all([
    mutateAsync({ order: 'a', amount: 1 }),
    mutateAsync({ amount: 1 }),
    mutateAsync({ order: 'b', amount: 1 }),
    mutateAsync({ order: 'a', amount: 1 }),
  ])
  expect(paid).toEqual([1, 2, 3, 1])
  expect(keys).toEqual(['a', expect.stringMatching(/^.{22,}$/), 'b'])
  pay().mutate({ order: 'a', amount: 2 })
  await seen('error undefined')
  expect(pay().error?.code).toBe('KEY_REUSED')
})

test('what TanStack tries again has the key of its first try', async () => {
  const withKey = await payments({ key: ({ order }) => order, retry: 1, retryDelay: 1 })
  withKey().mutate({ order: 'a', amount: 0 })
  await seen('error undefined')
  expect(keys).toEqual(['a'])
})

test('control: without a key each try runs', async () => {
  const without = await payments({ retry: 1, retryDelay: 1 })
  without().mutate({ amount: 0 })
  await seen('error undefined')
  expect(keys).toHaveLength(2)
})
