import { createVirtualClock } from '@trunkline/testkit'
import { expect, test } from 'vitest'
import { KeyStore } from './key-store.js'

const frame = (id: number): string => `{"ok":${id}}`

test('a settled key gives its outcome for ten minutes', () => {
  const clock = createVirtualClock()
  const keys = new KeyStore(clock, 10)
  keys.settle(keys.claim('k', 'input'), frame, 10)
  expect(keys.get('k')?.outcome).toBe(frame)
})

test('after ten minutes a key is forgotten without a new epoch: its time was up', async () => {
  const clock = createVirtualClock()
  const keys = new KeyStore(clock, 10)
  const { epoch } = keys
  keys.settle(keys.claim('k', 'input'), frame, 10)
  await clock.advance(600_001)
  keys.sweep()
  expect(keys.get('k')).toBeUndefined()
  expect(keys.epoch).toBe(epoch)
})

test('a key that must go early changes the epoch, so that its repeat is not taken for a first run', () => {
  const keys = new KeyStore(createVirtualClock(), 2)
  const { epoch } = keys
  for (const name of ['a', 'b', 'c']) keys.settle(keys.claim(name, 'input'), frame, 10)
  expect(keys.get('a')).toBeUndefined()
  expect(keys.get('c')?.outcome).toBe(frame)
  expect(keys.epoch).not.toBe(epoch)
})

test('a running key is never let go', () => {
  const keys = new KeyStore(createVirtualClock(), 1)
  const running = keys.claim('running', 'input')
  keys.settle(keys.claim('other', 'input'), frame, 10)
  keys.claim('third', 'input')
  expect(keys.get('running')).toBe(running)
})

test('a result over 64 KiB is lost to later repeats, but not to those that wait already', () => {
  const keys = new KeyStore(createVirtualClock(), 10)
  const entry = keys.claim('k', 'input')
  const told: unknown[] = []
  entry.waiting.push((outcome) => told.push(outcome))
  keys.settle(entry, frame, 65_537)
  expect(told).toEqual([frame])
  expect(keys.get('k')?.outcome).toBe('lost')
})
