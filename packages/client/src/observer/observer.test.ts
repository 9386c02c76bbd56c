import { expect, test } from 'vitest'
import { createObserver, type Feed, type Runs } from './observer.js'

interface State {
  readonly count: number
  readonly error: unknown
}
const ZERO: State = { count: 0, error: undefined }
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** A feed that says when it runs, and can be told what to set. */
function createFeed() {
  const log: string[] = []
  let set: Parameters<Feed<State>>[0] = () => {}
  const feed: Feed<State> = (change) => {
    log.push('starts')
    set = change
    return () => log.push('stops')
  }
  return {
    log,
    feed,
    set: (count: number, ...items: unknown[]) => set({ count, error: undefined }, ...items),
    fail: (error: unknown) => set({ count: -1, error }),
  }
}

test('runs from the first listener to the last, and gives the newest state', async () => {
  const { log, feed, set } = createFeed()
  const observer = createObserver(() => ZERO, feed)
  expect([observer.get(), observer.initial, log]).toEqual([ZERO, ZERO, []])
  const seen: number[] = []
  const leave = observer.subscribe(() => seen.push(observer.get().count))
  const leaveToo = observer.subscribe(() => seen.push(-1))
  set(1)
  set(2)
  leave()
  await turn()
  set(3)
  expect(seen).toEqual([1, -1, 2, -1, -1])
  leaveToo()
  await turn()
  expect(log).toEqual(['starts', 'stops'])
  expect(observer.get()).toBe(ZERO)
})

test('who leaves and comes back in one turn interrupts nothing', async () => {
  const { log, feed, set } = createFeed()
  const observer = createObserver(() => ZERO, feed)
  observer.subscribe(() => {})()
  const leave = observer.subscribe(() => {})
  await turn()
  set(1)
  expect([observer.get().count, log]).toEqual([1, ['starts']])
  leave()
  // A second time changes nothing.
  leave()
  await turn()
  expect(log).toEqual(['starts', 'stops'])
})

test('observers of one key share what runs, whoever began it', async () => {
  const first = createFeed()
  const second = createFeed()
  const runs: Runs<State> = new Map()
  const a = createObserver(() => ZERO, first.feed, runs, 'key')
  const b = createObserver(() => ZERO, second.feed, runs, 'key')
  const other = createObserver(() => ZERO, second.feed, runs, 'other')
  const leaveA = a.subscribe(() => {})
  const leaveB = b.subscribe(() => {})
  first.set(7)
  expect([a.get().count, b.get().count, other.get().count]).toEqual([7, 7, 0])
  leaveA()
  await turn()
  first.set(8)
  expect([b.get().count, second.log]).toEqual([8, []])
  leaveB()
  await turn()
  expect([first.log, runs.size]).toEqual([['starts', 'stops'], 0])
})

test('one listener that is added twice is removed once', async () => {
  const { feed, set } = createFeed()
  const observer = createObserver(() => ZERO, feed)
  let calls = 0
  const listener = (): void => {
    calls += 1
  }
  const leave = observer.subscribe(listener)
  observer.subscribe(listener)
  set(1)
  leave()
  set(2)
  expect(calls).toBe(3)
})

test('a listener that throws harms nobody; who set the state is told', () => {
  const { feed, set } = createFeed()
  const observer = createObserver(() => ZERO, feed)
  const seen: unknown[] = []
  observer.subscribe(() => {
    throw new Error('mine')
  })
  observer.subscribe((...items) => seen.push(...items))
  expect(() => set(1, 'item')).toThrow('mine')
  expect([seen, observer.get().count]).toEqual([['item'], 1])
})

test('what failed is begun anew by who comes back, as long as nobody else shows it', async () => {
  const { log, feed, fail } = createFeed()
  const observer = createObserver(() => ZERO, feed)
  const leave = observer.subscribe(() => {})
  fail('broken')
  observer.subscribe(() => {})()
  expect([observer.get().error, log]).toEqual(['broken', ['starts']])
  leave()
  observer.subscribe(() => {})
  expect([observer.get(), log]).toEqual([ZERO, ['starts', 'stops', 'starts']])
  await turn()
  expect(log).toHaveLength(3)
})

test('a feed that cannot start throws, and may be tried again', () => {
  const { log, feed } = createFeed()
  let isBroken = true
  const observer = createObserver(
    () => ZERO,
    (set) => {
      if (isBroken) throw new Error('cannot')
      return feed(set)
    },
  )
  expect(() => observer.subscribe(() => {})).toThrow('cannot')
  isBroken = false
  observer.subscribe(() => {})
  expect(log).toEqual(['starts'])
})
