// @vitest-environment happy-dom
import { screen, waitFor } from '@testing-library/react'
import { eventually } from '@trunkline/testkit'
import { expect, test } from 'vitest'
import { counts } from '../test/api.js'
import { startApp } from '../test/start-app.js'

const seen = (text: string): Promise<void> => waitFor(() => expect(screen.getByText(text)).toBeTruthy())

type App = Awaited<ReturnType<typeof startApp>>

/** What another client sees of the room. */
function watch({ connect }: App): string[] {
  const lists: string[] = []
  connect('bob')
    .api.room.presence({ room: 'a' })
    .subscribe((members) =>
      lists.push(members.map(({ identity, state }) => `${identity} ${state.name} ${state.typing}`).join()),
    )
  return lists
}

test('is present while it is shown, by one join also under StrictMode, and leaves', async () => {
  const app = await startApp()
  const { api, showStrictly } = app
  function People() {
    const { members, count, isPending } = api.room.usePresence({ room: 'a' }, { name: 'Ada', typing: false })
    return <p>{isPending ? 'pending' : `${count}: ${members.map(({ state }) => state.name).join()}`}</p>
  }
  const { unmount } = showStrictly(<People />)
  expect(screen.getByText('pending')).toBeTruthy()
  await seen('1: Ada')
  expect(counts.join).toBe(1)
  const lists = watch(app)
  await eventually(() => lists.at(-1) === 'ada Ada false')
  unmount()
  await eventually(() => lists.at(-1) === '')
  expect(counts.join).toBe(1)
})

test('who is there can be read without being there', async () => {
  const app = await startApp()
  const { api, show } = app
  function Count() {
    const { count, isPending } = api.room.usePresence({ room: 'a' })
    return <p>{isPending ? 'pending' : count}</p>
  }
  show(<Count />)
  await seen('0')
  app.connect('bob').api.room.join({ room: 'a' }, { name: 'Bob', typing: false })
  await seen('1')
  expect(counts.join).toBe(1)
})

test('what it gives is the same object until something changes', async () => {
  const { api, show } = await startApp()
  const given = new Set<object>()
  function Count({ times }: { times: number }) {
    const people = api.room.usePresence({ room: 'a' })
    given.add(people)
    return <p>{people.isPending ? 'pending' : `${people.count} ${times}`}</p>
  }
  const { rerender } = show(<Count times={1} />)
  await seen('0 1')
  const before = given.size
  rerender(<Count times={2} />)
  expect(screen.getByText('0 2')).toBeTruthy()
  expect(given.size).toBe(before)
})

test('what changes of the state is told; what is equal is not', async () => {
  const app = await startApp()
  const { api, show } = app
  const lists = watch(app)
  function People({ name, typing }: { name: string; typing: boolean }) {
    const { update } = api.room.usePresence({ room: 'a' }, { name, typing })
    return (
      <button type="button" onClick={() => update({ typing: true }, { revertAfterMs: 60_000 })}>
        write
      </button>
    )
  }
  const { rerender } = show(<People name="Ada" typing={false} />)
  await eventually(() => lists.at(-1) === 'ada Ada false')
  screen.getByRole('button').click()
  await eventually(() => lists.at(-1) === 'ada Ada true')
  // Another name takes nothing back of what `update` said.
  rerender(<People name="Ada L." typing={false} />)
  await eventually(() => lists.at(-1) === 'ada Ada L. true')
  const before = lists.length
  rerender(<People name="Ada L." typing={false} />)
  rerender(<People name="Lovelace" typing={false} />)
  await eventually(() => lists.at(-1) === 'ada Lovelace true')
  expect(lists.length).toBe(before + 1)
  expect(counts.join).toBe(1)
})

test('two components that are present are it by one join, and either can update', async () => {
  const app = await startApp()
  const { api, show } = app
  const lists = watch(app)
  const updates = new Set<unknown>()
  function People({ name }: { name: string }) {
    const { update } = api.room.usePresence({ room: 'a' }, { name: 'Ada', typing: false })
    updates.add(update)
    return (
      <button type="button" onClick={() => update({ typing: true })}>
        {name}
      </button>
    )
  }
  const { rerender } = show([<People key="1" name="one" />, <People key="2" name="two" />])
  await eventually(() => lists.at(-1) === 'ada Ada false')
  screen.getByText('two').click()
  await eventually(() => lists.at(-1) === 'ada Ada true')
  rerender([<People key="2" name="two" />])
  expect(counts.join).toBe(1)
  // The same function in each render of a component.
  expect(updates.size).toBe(2)
  rerender([])
  await eventually(() => lists.at(-1) === '')
})

test('is present elsewhere with other params, and nowhere while it is not enabled', async () => {
  const app = await startApp()
  const { api, show } = app
  const lists = watch(app)
  function People({ room, enabled = true }: { room: string; enabled?: boolean }) {
    const { members } = api.room.usePresence({ room }, { name: room, typing: false }, { enabled })
    return <p>{`${room}: ${members.map(({ state }) => state.name).join()}`}</p>
  }
  const { rerender } = show(<People room="a" />)
  await seen('a: a')
  await eventually(() => lists.at(-1) === 'ada a false')
  rerender(<People room="b" />)
  expect(screen.getByText('b:')).toBeTruthy()
  await seen('b: b')
  await eventually(() => lists.at(-1) === '')
  rerender(<People room="a" enabled={false} />)
  expect(screen.getByText('a:')).toBeTruthy()
  rerender(<People room="a" />)
  await seen('a: a')
})

test('what was refused reaches the component', async () => {
  const { api, show } = await startApp()
  function People() {
    const { error } = api.room.usePresence({ room: 'secret' }, { name: 'Ada', typing: false })
    return <p>{error?.code}</p>
  }
  show(<People />)
  await seen('FORBIDDEN')
})
