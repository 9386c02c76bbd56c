// @vitest-environment happy-dom
import { skipToken } from '@tanstack/react-query'
import { screen, waitFor } from '@testing-library/react'
import { eventually } from '@trunkline/testkit'
import { expect, test } from 'vitest'
import { counts, tickers } from '../test/api.js'
import { startApp } from '../test/start-app.js'

const tick = async (symbol: string, ...prices: number[]): Promise<void> => {
  const give = await eventually(() => tickers.get(symbol))
  for (const price of prices) give(price)
}
const seen = (text: string): Promise<void> => waitFor(() => expect(screen.getByText(text)).toBeTruthy())

test('shows the newest item, through one subscription also under StrictMode', async () => {
  const { api, showStrictly } = await startApp()
  function Price() {
    const { data, status } = api.ticks.useSubscription({ symbol: 'ACME' })
    return <p>{data === undefined ? status : data.price}</p>
  }
  showStrictly(<Price />)
  await seen('live')
  await tick('ACME', 7)
  await seen('7')
  expect(counts.tickers).toBe(1)
})

test('components that show one path and input share one subscription; who comes later is shown the newest item', async () => {
  const { api, show, subscribed } = await startApp()
  function Price({ name }: { name: string }) {
    // The members of an input have no order.
    const input = name === 'a' ? { symbol: 'ACME', at: 1 } : { at: 1, symbol: 'ACME' }
    const { data } = api.ticks.useSubscription(input)
    return <p>{`${name}: ${data?.price}`}</p>
  }
  const { rerender } = show([<Price key="a" name="a" />])
  await tick('ACME', 7)
  await seen('a: 7')
  rerender([<Price key="a" name="a" />, <Price key="b" name="b" />])
  await seen('b: 7')
  rerender([<Price key="b" name="b" />])
  await tick('ACME', 8)
  await seen('b: 8')
  expect(counts.tickers).toBe(1)
  rerender([])
  await subscribed(0)
  await eventually(() => !tickers.has('ACME'))
})

test('another input is another subscription, and nothing of the one before is shown under it', async () => {
  const { api, show } = await startApp()
  const shown: string[] = []
  function Price({ symbol }: { symbol: string }) {
    const { data } = api.ticks.useSubscription({ symbol })
    shown.push(`${symbol}: ${data?.price}`)
    return null
  }
  const { rerender } = show(<Price symbol="A" />)
  await tick('A', 1)
  await eventually(() => shown.includes('A: 1'))
  rerender(<Price symbol="B" />)
  await tick('B', 2)
  await eventually(() => shown.at(-1) === 'B: 2')
  expect(shown.filter((each) => each.startsWith('B'))).not.toContain('B: 1')
  await eventually(() => !tickers.has('A'))
})

test('`onItem` of the newest render gets every item, whatever is shown of them', async () => {
  const { api, show } = await startApp()
  const prices = Array.from({ length: 50 }, (_, price) => price)
  const items: string[] = []
  function Price({ name }: { name: string }) {
    const { status } = api.ticks.useSubscription(
      { symbol: 'ACME' },
      { onItem: ({ price }) => items.push(`${name} ${price}`) },
    )
    return <p>{status}</p>
  }
  const { rerender } = show(<Price name="a" />)
  await seen('live')
  await tick('ACME', ...prices)
  await eventually(() => items.length === 50)
  expect(items).toEqual(prices.map((price) => `a ${price}`))
  rerender(<Price name="b" />)
  await tick('ACME', 50)
  await eventually(() => items.at(-1) === 'b 50')
  expect(counts.tickers).toBe(1)
})

test('`select` renders only when what it gives changes', async () => {
  const { api, show } = await startApp()
  let renders = 0
  const items: number[] = []
  function Price() {
    renders += 1
    const { data } = api.ticks.useSubscription(
      { symbol: 'ACME' },
      { select: ({ price }) => ({ isHigh: price > 10 }), onItem: ({ price }) => items.push(price) },
    )
    return <p>{data === undefined ? 'nothing' : data.isHigh ? 'high' : 'low'}</p>
  }
  show(<Price />)
  await tick('ACME', 1)
  await seen('low')
  const before = renders
  for (const price of [2, 3, 4]) {
    await tick('ACME', price)
    await eventually(() => items.at(-1) === price)
  }
  expect(renders).toBe(before)
  await tick('ACME', 11)
  await seen('high')
  expect(renders).toBe(before + 1)
})

test('a declared error reaches the component', async () => {
  const { api, show } = await startApp()
  function Price() {
    const { status, error } = api.ticks.useSubscription({ symbol: 'GONE' })
    return <p>{`${status} ${error?.code}`}</p>
  }
  show(<Price />)
  await seen('closed DELISTED')
})

test('with another key a component tries again what failed', async () => {
  const { api, show } = await startApp()
  const shown: string[] = []
  function Price() {
    const { status, error } = api.ticks.useSubscription({ symbol: 'GONE' })
    shown.push(`${status} ${error?.code}`)
    return null
  }
  const { rerender } = show([<Price key="1" />])
  await eventually(() => shown.at(-1) === 'closed DELISTED')
  shown.length = 0
  rerender([<Price key="2" />])
  await eventually(() => shown.includes('live undefined') && shown.at(-1) === 'closed DELISTED')
})

test('is idle, and asks for nothing, while it is not enabled or skipped', async () => {
  const { api, show, server, client } = await startApp()
  function Price({ enabled, symbol }: { enabled: boolean; symbol?: string }) {
    const { status } = api.ticks.useSubscription(symbol ? { symbol } : skipToken, { enabled })
    return <p>{status}</p>
  }
  const { rerender } = show(<Price enabled={false} symbol="A" />)
  await seen('idle')
  rerender(<Price enabled />)
  await seen('idle')
  await client.connection.connect()
  expect(server.metrics().subscriptions).toBe(0)
  rerender(<Price enabled symbol="A" />)
  await seen('live')
})
