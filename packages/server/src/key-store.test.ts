import { createVirtualClock } from '@trunkline/testkit'
import { expect, test } from 'vitest'
import { type KeyEntry, KeyStore } from './key-store.js'

const frame = (id: number): string => `{"ok":${id}}`

/** A key whose run has begun. */
function claim(keys: KeyStore, scope: string): KeyEntry {
  const entry = keys.claim(scope, 'input')
  if (entry === undefined) throw new Error(`There is no room for ${scope}.`)
  return entry
}

test('a settled key gives its outcome for ten minutes', () => {
  const clock = createVirtualClock()
  const keys = new KeyStore(clock, 10)
  keys.settle(claim(keys, 'k'), frame, 10)
  expect(keys.get('k')?.outcome).toBe(frame)
})

test('after ten minutes a key is forgotten without a new epoch: its time was up', async () => {
  const clock = createVirtualClock()
  const keys = new KeyStore(clock, 10)
  const { epoch } = keys
  keys.settle(claim(keys, 'k'), frame, 10)
  await clock.advance(600_001)
  keys.sweep()
  expect(keys.get('k')).toBeUndefined()
  expect(keys.epoch).toBe(epoch)
})

test('a key that must go early changes the epoch, so that its repeat is not taken for a first run', () => {
  const keys = new KeyStore(createVirtualClock(), 2)
  const { epoch } = keys
  for (const name of ['a', 'b', 'c']) keys.settle(claim(keys, name), frame, 10)
  expect(keys.get('a')).toBeUndefined()
  expect(keys.get('c')?.outcome).toBe(frame)
  expect(keys.epoch).not.toBe(epoch)
})

test('a running key is never let go: where no other is kept there is no room', () => {
  const keys = new KeyStore(createVirtualClock(), 2)
  const { epoch } = keys
  const running = claim(keys, 'running')
  keys.settle(claim(keys, 'settled'), frame, 10)
  const second = claim(keys, 'second')
  expect(keys.get('settled')).toBeUndefined()
  expect(keys.epoch).not.toBe(epoch)
  const later = keys.epoch
  expect(keys.claim('third', 'input')).toBeUndefined()
  expect([keys.get('running'), keys.get('second'), keys.epoch]).toEqual([running, second, later])
  keys.settle(running, frame, 10)
  claim(keys, 'third')
})

test('a key whose time is up makes room without a new epoch, and may be claimed again', async () => {
  const clock = createVirtualClock()
  const keys = new KeyStore(clock, 1)
  const { epoch } = keys
  keys.settle(claim(keys, 'old'), frame, 10)
  await clock.advance(600_001)
  keys.settle(claim(keys, 'old'), frame, 10)
  expect(keys.get('old')?.settledAt).toBe(clock.now())
  await clock.advance(600_001)
  claim(keys, 'new')
  expect(keys.epoch).toBe(epoch)
})

test('a result over 64 KiB is lost to later repeats, but not to those that wait already', () => {
  const keys = new KeyStore(createVirtualClock(), 10)
  const entry = claim(keys, 'k')
  const told: unknown[] = []
  entry.waiting.add((outcome) => told.push(outcome))
  keys.settle(entry, frame, 65_537)
  expect(told).toEqual([frame])
  expect(keys.get('k')?.outcome).toBe('lost')
})
