// @vitest-environment happy-dom
import { act, screen, waitFor } from '@testing-library/react'
import { type ReactNode, useState } from 'react'
import { expect, test, vi } from 'vitest'
import { startApp } from '../test/start-app.js'
import { useKept } from './use-kept.js'

/** What React offers to Fast Refresh, as its runtime takes it: asked for by the hook that React looks for when it loads. */
interface Refresher {
  setRefreshHandler(familyOf: (type: unknown) => { current: unknown } | undefined): void
  scheduleRefresh(root: unknown, update: { updatedFamilies: Set<unknown>; staleFamilies: Set<unknown> }): void
}
const devtools = vi.hoisted(() => {
  const found: { refresher?: Refresher; root?: unknown } = {}
  Reflect.set(globalThis, '__REACT_DEVTOOLS_GLOBAL_HOOK__', {
    supportsFiber: true,
    checkDCE: () => {},
    inject: (refresher: Refresher) => {
      found.refresher = refresher
      return 1
    },
    onCommitFiberRoot: (_renderer: number, root: unknown) => {
      found.root = root
    },
    onCommitFiberUnmount: () => {},
    onPostCommitFiberRoot: () => {},
  })
  return found
})

/** Puts another version of a component in its place, as saving its file does: its state stays. */
function replaceComponent(before: () => ReactNode, after: () => ReactNode): void {
  const family = { current: after }
  devtools.refresher?.setRefreshHandler((type) => (type === before || type === after ? family : undefined))
  const update = { updatedFamilies: new Set([family]), staleFamilies: new Set() }
  act(() => devtools.refresher?.scheduleRefresh(devtools.root, update))
}

const seen = (text: string): Promise<void> => waitFor(() => expect(screen.getByText(text)).toBeTruthy())

test('an edited component is told nothing twice, and keeps the state that its topic gave it', async () => {
  const { api, show, say, server } = await startApp()
  const versionOf = (title: string) =>
    function Feed() {
      const [heard, setHeard] = useState('')
      const { status } = api.room.useTopic(
        { room: 'a' },
        { since: 'start', onEvent: ({ text }) => setHeard((before) => `${before}${text} `), onGap: () => {} },
      )
      const { data } = api.room.useLive(
        { room: 'a' },
        { empty: '', reduce: (all: string, { text }) => `${all}${text} `, onGap: (all) => all },
      )
      return <p>{`${title} ${status}: ${heard}/ ${data}`}</p>
    }
  const First = versionOf('first')
  show(<First />)
  await seen('first live: /')
  await say('a', 'one')
  await seen('first live: one / one')
  replaceComponent(First, versionOf('second'))
  await seen('second live: one / one')
  await say('a', 'two')
  await seen('second live: one two / one two')
  expect(server.metrics().subscriptions).toBe(1)
})

test('is made anew for other values, and nothing of before is shown', async () => {
  const { show } = await startApp()
  const make = vi.fn((of: string) => ({ of }))
  const shown: string[] = []
  function Probe({ of }: { of: string }) {
    const kept = useKept(() => make(of), [of])
    shown.push(`${of}: ${kept.of}`)
    return null
  }
  const { rerender } = show(<Probe of="a" />)
  rerender(<Probe of="a" />)
  rerender(<Probe of="b" />)
  rerender(<Probe of="b" />)
  expect(new Set(shown)).toEqual(new Set(['a: a', 'b: b']))
  expect(make).toHaveBeenCalledTimes(2)
})
