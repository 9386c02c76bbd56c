// @vitest-environment happy-dom
import { render, screen, waitFor } from '@testing-library/react'
import { expect, test, vi } from 'vitest'
import { startApp } from '../test/start-app.js'

const seen = (text: string): Promise<void> => waitFor(() => expect(screen.getByText(text)).toBeTruthy())

test('shows where the connection stands', async () => {
  const { useConnection, show, network, client } = await startApp()
  function Banner() {
    const { state, attempt } = useConnection()
    return <p>{`${state} ${attempt ?? 0}`}</p>
  }
  show(<Banner />)
  await seen('open 0')
  network.refuse(true)
  network.cutAll()
  await waitFor(() => expect(screen.getByText(/^reconnecting [1-9]/)).toBeTruthy())
  network.refuse(false)
  client.connection.reconnect()
  await seen('open 0')
})

test('renders when what is selected changes, and not before', async () => {
  const { useConnection, show, network, client } = await startApp()
  await client.connection.connect()
  let renders = 0
  function Banner() {
    renders += 1
    const { isOpen } = useConnection(({ state }) => ({ isOpen: state === 'open' }))
    return <p>{isOpen ? 'on' : 'off'}</p>
  }
  show(<Banner />)
  const attempts: (number | undefined)[] = []
  client.connection.on('changed', ({ attempt }) => attempts.push(attempt))
  network.refuse(true)
  network.cutAll()
  await seen('off')
  await waitFor(() => expect(attempts).toContain(3))
  expect(renders).toBe(2)
  network.refuse(false)
  client.connection.reconnect()
  await seen('on')
  expect(renders).toBe(3)
})

test('says that a provider is missing', async () => {
  const { useConnection } = await startApp()
  // React reports what a component throws.
  vi.spyOn(console, 'error').mockImplementation(() => {})
  const Banner = (): string => useConnection().state
  expect(() => render(<Banner />)).toThrow('There is no <TrunklineProvider> above.')
})
