import { createVirtualClock } from '@trunkline/testkit'
import { expect, test } from 'vitest'
import { type KeyEntry, KeyStore } from './key-store.js'

const frame = (id: number): string => `{"ok":${id}}`

/** A key whose run has begun. */
function claim(keys: KeyStore, scope: string, identity = 'ada'): KeyEntry {
  const entry = keys.claim(identity, scope, 'input')
  if (typeof entry === 'string') throw new Error(`There is no room for ${scope}: ${entry}.`)
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
  const epoch = keys.epochOf('ada')
  keys.settle(claim(keys, 'k'), frame, 10)
  await clock.advance(600_001)
  keys.sweep()
  expect(keys.get('k')).toBeUndefined()
  expect(keys.epochOf('ada')).toBe(epoch)
})

test('a key that must go early changes the epoch, so that its repeat is not taken for a first run', () => {
  const keys = new KeyStore(createVirtualClock(), 2)
  const epoch = keys.epochOf('ada')
  for (const name of ['a', 'b', 'c']) keys.settle(claim(keys, name), frame, 10)
  expect(keys.get('a')).toBeUndefined()
  expect(keys.get('c')?.outcome).toBe(frame)
  expect(keys.epochOf('ada')).not.toBe(epoch)
})

test('a running key is never let go: where no other is kept there is no room', () => {
  const keys = new KeyStore(createVirtualClock(), 2)
  const epoch = keys.epochOf('bob')
  const running = claim(keys, 'running')
  keys.settle(claim(keys, 'settled', 'bob'), frame, 10)
  const second = claim(keys, 'second', 'bob')
  expect(keys.get('settled')).toBeUndefined()
  expect(keys.epochOf('bob')).not.toBe(epoch)
  const later = keys.epochOf('bob')
  expect(keys.claim('eve', 'third', 'input')).toBe('full')
  expect([keys.get('running'), keys.get('second'), keys.epochOf('bob')]).toEqual([running, second, later])
  keys.settle(running, frame, 10)
  claim(keys, 'third', 'eve')
})

test('one identity has at most half of all keys running: others still get in', () => {
  const keys = new KeyStore(createVirtualClock(), 5)
  const running = ['a', 'b', 'c'].map((name) => claim(keys, name, 'eve'))
  expect(keys.claim('eve', 'd', 'input')).toBe('share')
  for (const name of ['e', 'f']) claim(keys, name, 'ada')
  expect(keys.claim('bob', 'g', 'input')).toBe('full')
  for (const entry of running) keys.settle(entry, frame, 10)
  for (const name of ['h', 'i', 'j']) claim(keys, name, 'eve')
  expect(keys.claim('eve', 'k', 'input')).toBe('full')
})

test('a key whose time is up makes room without a new epoch, and may be claimed again', async () => {
  const clock = createVirtualClock()
  const keys = new KeyStore(clock, 1)
  const epoch = keys.epochOf('ada')
  keys.settle(claim(keys, 'old'), frame, 10)
  await clock.advance(600_001)
  keys.settle(claim(keys, 'old'), frame, 10)
  expect(keys.get('old')?.settledAt).toBe(clock.now())
  await clock.advance(600_001)
  claim(keys, 'new')
  expect(keys.epochOf('ada')).toBe(epoch)
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

test('who has a tenth of all keys makes room by its own: others keep theirs, and their epoch', () => {
  const keys = new KeyStore(createVirtualClock(), 20)
  const epoch = keys.epochOf('ada')
  keys.settle(claim(keys, 'of ada', 'ada'), frame, 10)
  for (let key = 0; key < 100; key++) keys.settle(claim(keys, `${key}`, 'eve'), frame, 10)
  expect(keys.get('of ada')?.outcome).toBe(frame)
  expect(keys.epochOf('ada')).toBe(epoch)
  expect([keys.get('0'), keys.epochOf('eve') === epoch]).toEqual([undefined, false])
  for (let key = 0; key < 2; key++) keys.settle(claim(keys, `${key} of bob`, 'bob'), frame, 10)
  // Below his tenth bob takes the place of the oldest of all, which is ada's.
  expect(keys.get('0 of bob')?.outcome).toBe(frame)
  expect([keys.get('of ada'), keys.epochOf('ada') === epoch]).toEqual([undefined, false])
})

test('an epoch of an identity ends when every key of that time would be over', async () => {
  const clock = createVirtualClock()
  const keys = new KeyStore(clock, 1)
  const epoch = keys.epochOf('ada')
  for (const name of ['a', 'b']) keys.settle(claim(keys, name), frame, 10)
  await clock.advance(600_000)
  keys.sweep()
  expect(keys.epochOf('ada')).not.toBe(epoch)
  await clock.advance(1)
  keys.sweep()
  expect(keys.epochOf('ada')).toBe(epoch)
})

test('identities that are made up take no memory: what they lost is said of everybody', () => {
  const keys = new KeyStore(createVirtualClock(), 3)
  const epoch = keys.epochOf('ada')
  for (let eve = 0; eve < 50; eve++) keys.settle(claim(keys, `${eve}`, `eve ${eve}`), frame, 10)
  expect(keys.epochOf('ada')).not.toBe(epoch)
  expect(keys.get('49')?.outcome).toBe(frame)
})

test('all results together are at most 64 Mi units: the oldest go early', () => {
  const keys = new KeyStore(createVirtualClock(), 10_000)
  const epoch = keys.epochOf('ada')
  for (let key = 0; key < 1_024; key++) keys.settle(claim(keys, `${key}`), frame, 65_536)
  expect([keys.get('0')?.outcome, keys.epochOf('ada')]).toEqual([frame, epoch])
  keys.settle(claim(keys, 'one more'), frame, 65_536)
  expect([keys.get('0'), keys.get('1')?.outcome, keys.epochOf('ada') === epoch]).toEqual([undefined, frame, false])
})
