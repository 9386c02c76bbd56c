import { createRandom, createVirtualClock, testSeed } from '@trunkline/testkit'
import { expect, test } from 'vitest'
import { Throttle } from './throttle.js'

function createThrottle(perSecond: number) {
  const clock = createVirtualClock()
  const released: { readonly atMs: number; readonly items: string[] }[] = []
  const startMs = clock.now()
  const throttle = new Throttle<string>({
    perSecond,
    clock,
    endOfTurn: (callback) => void setImmediate(callback),
    onRelease: (items) => released.push({ atMs: clock.now() - startMs, items: [...items] }),
  })
  return { clock, throttle, released }
}

test('what comes after a rest leaves at the end of the turn, of each key the newest', async () => {
  const { clock, throttle, released } = createThrottle(10)
  throttle.push('a', 'a1')
  throttle.push('b', 'b1')
  throttle.push('a', 'a2')
  await clock.settle()
  expect(released).toEqual([{ atMs: 0, items: ['b1', 'a2'] }])
  await clock.advance(1_000)
  throttle.push(undefined, 'x')
  await clock.settle()
  expect(released[1]).toEqual({ atMs: 1_000, items: ['x'] })
  throttle.close()
})

test('what comes too soon waits for its time, and the newest wins', async () => {
  const { clock, throttle, released } = createThrottle(4)
  throttle.push('a', 'a1')
  await clock.settle()
  for (let n = 2; n <= 9; n++) {
    throttle.push('a', `a${n}`)
    await clock.advance(100)
  }
  expect(released).toEqual([
    { atMs: 0, items: ['a1'] },
    { atMs: 250, items: ['a4'] },
    { atMs: 500, items: ['a6'] },
    { atMs: 750, items: ['a9'] },
  ])
  await clock.advance(250)
  expect(clock.pending()).toEqual([])
})

test('less than once a second is allowed', async () => {
  const { clock, throttle, released } = createThrottle(0.5)
  throttle.push('a', 'a1')
  await clock.settle()
  throttle.push('a', 'a2')
  await clock.advance(1_999)
  expect(released).toHaveLength(1)
  await clock.advance(1)
  expect(released).toHaveLength(2)
  throttle.close()
})

test('nothing leaves after it was closed, and no timer is left', async () => {
  const { clock, throttle, released } = createThrottle(10)
  throttle.push('a', 'a1')
  throttle.close()
  await clock.settle()
  expect(released).toEqual([])
  throttle.push('a', 'a2')
  await clock.settle()
  throttle.push('a', 'a3')
  throttle.close()
  expect(clock.pending()).toEqual([])
})

test('no second holds more than its share, and the last of each key always leaves', async () => {
  const random = createRandom(testSeed(import.meta.url))
  for (let round = 0; round < 50; round++) {
    const perSecond = random.int(1, 60)
    const { clock, throttle, released } = createThrottle(perSecond)
    const last = new Map<string, string>()
    for (let step = 0; step < 200; step++) {
      const key = String(random.int(0, 3))
      last.set(key, `${key}.${step}`)
      throttle.push(key, `${key}.${step}`)
      if (random.chance(0.7)) await clock.advance(random.int(0, 30))
    }
    await clock.advance(2_000)
    for (const { atMs } of released) {
      const inSecond = released.filter((other) => other.atMs >= atMs && other.atMs < atMs + 1_000)
      expect(inSecond.length).toBeLessThanOrEqual(perSecond)
    }
    const seen = new Map(
      released.flatMap(({ items }) => items.map((item) => [item.split('.')[0] ?? '', item] as const)),
    )
    expect(seen).toEqual(last)
  }
})
