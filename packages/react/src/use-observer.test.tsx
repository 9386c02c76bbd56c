// @vitest-environment happy-dom
import { screen, waitFor } from '@testing-library/react'
import { upsertBy } from '@trunkline/client'
import { createLeakCheck, eventually } from '@trunkline/testkit'
import { Suspense, startTransition, useState } from 'react'
import { expect, test, vi } from 'vitest'
import { type Message, tickers } from '../test/api.js'
import { startApp } from '../test/start-app.js'
import { useLiveQuery } from './use-live-query.js'

const byId = upsertBy<Message>(({ id }) => id)

test('when everything is gone nothing is left of it: no subscription, member, listener or timer', async () => {
  const { api, useConnection, showStrictly, server, client, connect, subscribed } = await startApp()
  let listeners = 0
  const { on } = client.connection
  vi.spyOn(client.connection, 'on').mockImplementation((name, listener) => {
    listeners += 1
    const stop = on(name, listener)
    return () => {
      listeners -= 1
      stop()
    }
  })
  const members: number[] = []
  connect('bob')
    .api.room.presence({ room: 'a' })
    .subscribe((_members, count) => members.push(count))
  await subscribed(1)
  await client.connection.connect()
  const check = createLeakCheck()

  function Everything() {
    const { state } = useConnection()
    const tick = api.ticks.useSubscription({ symbol: 'ACME' })
    const topic = api.room.useTopic({ room: 'a' }, { onEvent: () => {}, onGap: () => {} })
    const live = api.wall.useLive({ room: 'a' }, { reduce: byId })
    const { isPending } = api.room.usePresence({ room: 'a' }, { name: 'Ada', typing: false })
    const list = useLiveQuery(
      api.messages.list,
      { room: 'b' },
      { topic: api.room, params: { room: 'b' }, patch: byId },
      // What nobody shows is let go at once, not in five minutes.
      { gcTime: 0 },
    )
    return <p>{[state, tick.status, topic.status, live.status, isPending, list.query.status].join()}</p>
  }
  const { unmount } = showStrictly(<Everything />)
  await waitFor(() => expect(screen.getByText('open,live,live,live,false,success')).toBeTruthy())
  await eventually(() => members.at(-1) === 1)
  expect(server.metrics().subscriptions).toBe(6)
  expect(listeners).toBe(1)

  unmount()
  await subscribed(1)
  await eventually(() => members.at(-1) === 0 && tickers.size === 0)
  expect(listeners).toBe(0)
  // The server keeps topics warm for five seconds.
  await check.nothingIsLeft({ timeoutMs: 20_000 })
})

test('a render that is thrown away subscribes to nothing', async () => {
  const { api, show, server, client } = await startApp()
  await client.connection.connect()
  let resolve = (): void => {}
  let isReady = false
  const ready = new Promise<void>((done) => {
    resolve = () => {
      isReady = true
      done()
    }
  })
  let go = (_symbol: string): void => {}
  const asked: string[] = []
  function Price({ symbol }: { symbol: string }) {
    const { status } = api.ticks.useSubscription({ symbol })
    asked.push(symbol)
    // The second one is rendered, and waits.
    if (symbol === 'B' && !isReady) throw ready
    return <p>{`${symbol} ${status}`}</p>
  }
  function App() {
    const [symbol, setSymbol] = useState('A')
    go = setSymbol
    return (
      <Suspense fallback={<p>wait</p>}>
        <Price symbol={symbol} />
      </Suspense>
    )
  }
  show(<App />)
  await eventually(() => tickers.has('A'))
  startTransition(() => go('B'))
  await eventually(() => asked.includes('B'))
  expect([...tickers.keys()]).toEqual(['A'])
  expect(screen.getByText('A live')).toBeTruthy()
  startTransition(() => go('C'))
  await eventually(() => tickers.has('C'))
  await eventually(() => server.metrics().subscriptions === 1)
  expect(tickers.has('B')).toBe(false)
  resolve()
})
