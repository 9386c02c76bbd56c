// @vitest-environment happy-dom
import { cleanup, render, screen, waitFor } from '@testing-library/react'
import { eventually } from '@trunkline/testkit'
import { StrictMode } from 'react'
import { afterEach, expect, test } from 'vitest'
import { counts, startApp, tickers } from '../test/app.js'

afterEach(cleanup)

test('shows the newest item, through one subscription also under StrictMode', async () => {
  const { api, TrunklineProvider, client, queryClient } = await startApp()
  function Price() {
    const { data, status } = api.ticks.useSubscription({ symbol: 'ACME' })
    return <p>{data === undefined ? status : data.price}</p>
  }
  render(
    <StrictMode>
      <TrunklineProvider client={client} queryClient={queryClient}>
        <Price />
      </TrunklineProvider>
    </StrictMode>,
  )
  await eventually(() => tickers.has('ACME'))
  tickers.get('ACME')?.(7)
  await waitFor(() => expect(screen.getByText('7')).toBeTruthy())
  expect(counts.tickers).toBe(1)
})
