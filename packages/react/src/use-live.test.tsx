// @vitest-environment happy-dom
import { screen, waitFor } from '@testing-library/react'
import { type Position, upsertBy } from '@trunkline/client'
import { eventually } from '@trunkline/testkit'
import { expect, test } from 'vitest'
import { counts, type Message, messagesOf, prices } from '../test/api.js'
import { startApp } from '../test/start-app.js'

const seen = (text: string): Promise<void> => waitFor(() => expect(screen.getByText(text)).toBeTruthy())
const reduce = upsertBy<Message>(({ id }) => id)
const texts = (messages: readonly Message[] | undefined): string =>
  messages?.map(({ text }) => text).join() ?? 'nothing'

test('shows the snapshot, and the events after it, through one subscription also under StrictMode', async () => {
  const { api, showStrictly, say, server } = await startApp()
  await say('a', 'one')
  function Wall() {
    const { data } = api.wall.useLive({ room: 'a' }, { reduce })
    return <p>{texts(data)}</p>
  }
  showStrictly(<Wall />)
  await seen('one')
  await say('a', 'two')
  await seen('one,two')
  expect(counts.snapshots).toBe(1)
  expect(server.metrics().subscriptions).toBe(1)
})

test('components that show one topic share its state, also with reducers that are made in each render', async () => {
  const { api, show, say } = await startApp()
  await say('a', 'one')
  function Wall({ name }: { name: string }) {
    const { data } = api.wall.useLive({ room: 'a' }, { reduce: (state, event) => reduce(state, event) })
    return <p>{`${name}: ${texts(data)}`}</p>
  }
  const { rerender } = show([<Wall key="a" name="a" />])
  await seen('a: one')
  rerender([<Wall key="a" name="a" />, <Wall key="b" name="b" />])
  expect(screen.getByText('b: one')).toBeTruthy()
  // The first one started it; the others keep it.
  rerender([<Wall key="b" name="b" />])
  await say('a', 'two')
  await seen('b: one,two')
  expect(counts.snapshots).toBe(1)
})

test('goes on behind a position: no snapshot is taken, and what was published since is seen once', async () => {
  const { api, show, say, caller } = await startApp()
  await say('a', 'one')
  const initial = await caller.wall.snapshot({ room: 'a' })
  await say('a', 'meanwhile')
  const shown: string[] = []
  function Wall() {
    // A reducer that does take harm of an event that comes twice.
    const { data } = api.wall.useLive({ room: 'a' }, { initial, reduce: (state, event) => [...state, event] })
    shown.push(texts(data))
    return null
  }
  show(<Wall />)
  await eventually(() => shown.at(-1) === 'one,meanwhile')
  await say('a', 'later')
  await eventually(() => shown.at(-1) === 'one,meanwhile,later')
  expect(shown[0]).toBe('one')
  expect(counts.snapshots).toBe(1)
})

test('where the position cannot be continued a new snapshot takes the place of the state', async () => {
  const { api, show, say } = await startApp()
  await say('a', 'true')
  const position: Position = { epoch: 'of another history', offset: 7, tag: 'ab' }
  function Wall() {
    const { data } = api.wall.useLive({ room: 'a' }, { reduce, initial: { state: [{ id: 9, text: 'not' }], position } })
    return <p>{texts(data)}</p>
  }
  show(<Wall />)
  expect(screen.getByText('not')).toBeTruthy()
  await seen('true')
  expect(counts.snapshots).toBe(1)
})

test('other params show nothing of the state before', async () => {
  const { api, show, say } = await startApp()
  await say('a', 'of a')
  await say('b', 'of b')
  const shown: string[] = []
  function Wall({ room }: { room: string }) {
    const { data } = api.wall.useLive({ room }, { reduce })
    shown.push(`${room}: ${texts(data)}`)
    return null
  }
  const { rerender } = show(<Wall room="a" />)
  await eventually(() => shown.at(-1) === 'a: of a')
  rerender(<Wall room="b" />)
  await eventually(() => shown.at(-1) === 'b: of b')
  expect(shown).not.toContain('b: of a')
  expect(shown).toContain('b: nothing')
})

test('several events of a turn cost one render, and `select` renders only when what it gives changes', async () => {
  const { api, show, say, client } = await startApp()
  const renders = { all: 0, count: 0 }
  function All() {
    renders.all += 1
    const { data } = api.wall.useLive({ room: 'a' }, { reduce })
    return <p>{texts(data)}</p>
  }
  function Long() {
    renders.count += 1
    const { data } = api.wall.useLive(
      { room: 'a' },
      { reduce, select: (messages) => messages.filter(({ text }) => text.length > 3).map(({ id }) => ({ id })) },
    )
    return <p>{`${data?.length} long`}</p>
  }
  show([<All key="all" />, <Long key="long" />])
  await seen('0 long')
  await eventually(() => client.connection.status.state === 'open')
  const before = { ...renders }
  // Published in one turn, they are one message, and one turn of the browser.
  await Promise.all(['1', '2', '3', '4'].map((text) => say('a', text)))
  await seen('1,2,3,4')
  expect(renders).toEqual({ all: before.all + 1, count: before.count })
  await say('a', 'long enough')
  await seen('1 long')
  expect(renders.count).toBe(before.count + 1)
})

test('of a topic without a snapshot it begins empty: a table', async () => {
  const { api, show, server } = await startApp()
  await server.publish(prices, {}, { symbol: 'A', price: 1 })
  await server.publish(prices, {}, { symbol: 'B', price: 2 })
  const empty: Readonly<Record<string, number>> = {}
  function Prices() {
    const { data, status } = api.prices.useLive(
      {},
      { empty, reduce: (table, { symbol, price }) => ({ ...table, [symbol]: price }) },
    )
    return <p>{`${status} ${JSON.stringify(data)}`}</p>
  }
  show(<Prices />)
  expect(screen.getByText('connecting {}')).toBeTruthy()
  await seen('live {"A":1,"B":2}')
  await server.publish(prices, {}, { symbol: 'A', price: 3 })
  await seen('live {"A":3,"B":2}')
})

test('of a log without a snapshot a gap says with what to go on', async () => {
  const { api, show, say, caller } = await startApp()
  await say('a', 'first')
  const since = await caller.room.position({ room: 'a' })
  for (let n = 1; n <= 6; n++) await say('a', `${n}`)
  function Feed() {
    const { data } = api.room.useLive(
      { room: 'a' },
      {
        empty: [''],
        since,
        reduce: (lines, { text }) => [...lines, text],
        onGap: (lines, { missed }) => [...lines, `(${missed} missed)`],
      },
    )
    return <p>{data.join(' ')}</p>
  }
  show(<Feed />)
  await seen('(1 missed) 2 3 4 5 6')
})

test('a state that was left is taken up behind its position', async () => {
  const { api, show, say, subscribed } = await startApp()
  await say('a', 'one')
  function Wall({ enabled }: { enabled: boolean }) {
    const { data, status } = api.wall.useLive({ room: 'a' }, { reduce, enabled })
    return <p>{`${status} ${texts(data)}`}</p>
  }
  const { rerender } = show(<Wall enabled />)
  await seen('live one')
  rerender(<Wall enabled={false} />)
  await seen('idle nothing')
  await subscribed(0)
  rerender(<Wall enabled />)
  await seen('live one')
})

test('a snapshot that fails reaches the component', async () => {
  const { api, show } = await startApp()
  messagesOf('a')
  function Wall() {
    // @ts-expect-error a room is text
    const { status, error } = api.wall.useLive({ room: 7 }, { reduce })
    return <p>{`${status} ${error?.code}`}</p>
  }
  show(<Wall />)
  await seen('closed INVALID_INPUT')
})
