// @vitest-environment happy-dom
import { screen, waitFor } from '@testing-library/react'
import type { Gap, Position } from '@trunkline/client'
import { eventually } from '@trunkline/testkit'
import { useState } from 'react'
import { expect, test } from 'vitest'
import { counts } from '../test/api.js'
import { startApp } from '../test/start-app.js'

const seen = (text: string): Promise<void> => waitFor(() => expect(screen.getByText(text)).toBeTruthy())
const noGap = (gap: Gap): never => {
  throw new Error(gap.reason)
}

test('hands events to callbacks, through one subscription also under StrictMode', async () => {
  const { api, showStrictly, say } = await startApp()
  const events: string[] = []
  function Room() {
    const { status } = api.room.useTopic(
      { room: 'a' },
      { onEvent: ({ text }, { offset }) => events.push(`${offset} ${text}`), onGap: noGap },
    )
    return <p>{status}</p>
  }
  showStrictly(<Room />)
  await seen('live')
  await say('a', 'hi')
  await say('a', 'there')
  await eventually(() => events.length === 2)
  expect(events).toEqual(['1 hi', '2 there'])
  expect(counts.subscribe).toBe(1)
})

test('calls the callbacks of the newest render', async () => {
  const { api, show, say } = await startApp()
  const calls: string[] = []
  function Room() {
    const [count, setCount] = useState(0)
    const { status } = api.room.useTopic(
      { room: 'a' },
      {
        onEvent: ({ text }) => {
          calls.push(`${text} after ${count}`)
          setCount(count + 1)
        },
        onGap: noGap,
        onStatus: (next) => calls.push(next),
      },
    )
    return <p>{`${status} ${count}`}</p>
  }
  show(<Room />)
  await seen('live 0')
  await say('a', 'one')
  await seen('live 1')
  await say('a', 'two')
  await seen('live 2')
  expect(calls).toEqual(['live', 'one after 0', 'two after 1'])
  expect(counts.subscribe).toBe(1)
})

test('two components on one topic share one subscription, each has every event', async () => {
  const { api, show, say, subscribed } = await startApp()
  const events: string[] = []
  function Room({ name }: { name: string }) {
    const { status } = api.room.useTopic(
      { room: 'a' },
      { onEvent: ({ text }) => events.push(name + text), onGap: noGap },
    )
    return <p>{`${name} ${status}`}</p>
  }
  const { unmount } = show([<Room key="a" name="a" />, <Room key="b" name="b" />])
  await seen('a live')
  await seen('b live')
  await say('a', '1')
  await eventually(() => events.length === 2)
  expect(events.sort()).toEqual(['a1', 'b1'])
  expect(counts.subscribe).toBe(1)
  unmount()
  await subscribed(0)
})

test('other params are another subscription', async () => {
  const { api, show, say, server } = await startApp()
  const events: string[] = []
  function Room({ room }: { room: string }) {
    const { status } = api.room.useTopic(
      { room },
      { onEvent: ({ text }) => events.push(`${room}: ${text}`), onGap: noGap },
    )
    return <p>{`${room} ${status}`}</p>
  }
  const { rerender } = show(<Room room="a" />)
  await seen('a live')
  rerender(<Room room="b" />)
  expect(screen.getByText('b connecting')).toBeTruthy()
  await seen('b live')
  await say('a', 'not heard')
  await say('b', 'heard')
  await eventually(() => events.length > 0)
  expect(events).toEqual(['b: heard'])
  expect(server.metrics().subscriptions).toBe(1)
})

test('a gap reaches its callback, and what follows it is delivered', async () => {
  const { api, show, say, caller } = await startApp()
  await say('a', 'first')
  const since: Position = await caller.room.position({ room: 'a' })
  for (let n = 1; n <= 8; n++) await say('a', `${n}`)
  const calls: string[] = []
  function Room() {
    const { status } = api.room.useTopic(
      { room: 'a' },
      {
        since,
        onEvent: ({ text }) => calls.push(text),
        onGap: ({ reason, missed }) => calls.push(`${reason} ${missed}`),
      },
    )
    return <p>{status}</p>
  }
  show(<Room />)
  await seen('live')
  expect(calls).toEqual(['trimmed 3', '4', '5', '6', '7', '8'])
})

test('what was refused reaches the component', async () => {
  const { api, show } = await startApp()
  function Room() {
    const { status, error } = api.room.useTopic({ room: 'secret' }, { onEvent: () => {}, onGap: noGap })
    return <p>{`${status} ${error?.code}`}</p>
  }
  show(<Room />)
  await seen('closed FORBIDDEN')
})

test('begins anew when it was not enabled for a while', async () => {
  const { api, show, say, connect } = await startApp()
  const events: string[] = []
  const others: string[] = []
  connect('bob').api.room.subscribe({ room: 'a' }, { onEvent: ({ text }) => others.push(text), onGap: noGap })
  function Room({ enabled }: { enabled: boolean }) {
    const { status } = api.room.useTopic(
      { room: 'a' },
      { enabled, onEvent: ({ text }) => events.push(text), onGap: noGap },
    )
    return <p>{status}</p>
  }
  const { rerender } = show(<Room enabled />)
  await seen('live')
  rerender(<Room enabled={false} />)
  await seen('idle')
  await say('a', 'while it was away')
  await eventually(() => others.length === 1)
  rerender(<Room enabled />)
  await seen('live')
  await say('a', 'back')
  await eventually(() => events.length > 0)
  expect(events).toEqual(['back'])
})

test('renders when the status changes, and not for events', async () => {
  const { api, show, say } = await startApp()
  let renders = 0
  const events: string[] = []
  function Room() {
    renders += 1
    const { status } = api.room.useTopic({ room: 'a' }, { onEvent: ({ text }) => events.push(text), onGap: noGap })
    return <p>{status}</p>
  }
  show(<Room />)
  await seen('live')
  for (let n = 0; n < 5; n++) await say('a', `${n}`)
  await eventually(() => events.length === 5)
  expect(renders).toBe(2)
})
