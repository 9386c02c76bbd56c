import { expect, test } from 'vitest'
import { createHeartbeat, type Heartbeat } from './heartbeat.js'

function create(): { heartbeat: Heartbeat; happened: string[] } {
  const happened: string[] = []
  const heartbeat = createHeartbeat(
    () => happened.push('ping'),
    () => happened.push('gives up'),
  )
  heartbeat.rhythm = { intervalMs: 500, timeoutMs: 300 }
  heartbeat.receivedAt = 1_000
  return { heartbeat, happened }
}

test('pings after intervalMs of silence and gives up timeoutMs later', () => {
  const { heartbeat, happened } = create()
  expect(heartbeat.check(1_000)).toBe(1_500)
  expect(happened).toEqual([])
  expect(heartbeat.check(1_500)).toBe(1_800)
  expect(happened).toEqual(['ping'])
  expect(heartbeat.check(1_799)).toBe(1_800)
  expect(heartbeat.check(1_800)).toBe(Infinity)
  expect(happened).toEqual(['ping', 'gives up'])
})

test('whatever is received is life', () => {
  const { heartbeat, happened } = create()
  heartbeat.receivedAt = 1_400
  expect(heartbeat.check(1_500)).toBe(1_900)
  expect(heartbeat.check(1_900)).toBe(2_200)
  heartbeat.receivedAt = 2_100
  expect(heartbeat.check(2_200)).toBe(2_600)
  expect(happened).toEqual(['ping'])
})

test('after a sleep it asks before it gives up: the peer may well be there', () => {
  const { heartbeat, happened } = create()
  expect(heartbeat.check(1_000_000)).toBe(1_000_300)
  expect(happened).toEqual(['ping'])
  heartbeat.receivedAt = 1_000_010
  expect(heartbeat.check(1_000_300)).toBe(1_000_510)
  expect(happened).toEqual(['ping'])
})

test('a probe pings now, and no answer to it within timeoutMs is enough', () => {
  const { heartbeat, happened } = create()
  expect(heartbeat.probe(1_010)).toBe(1_310)
  expect(heartbeat.check(1_310)).toBe(Infinity)
  expect(happened).toEqual(['ping', 'gives up'])
})

test('waking again and again does not put off noticing: what is waited for is not asked for anew', () => {
  const { heartbeat, happened } = create()
  expect(heartbeat.probe(1_010)).toBe(1_310)
  // Somebody who goes to and fro between tabs, for longer than an answer may take.
  for (let now = 1_110; now < 1_310; now += 100) expect(heartbeat.probe(now)).toBe(1_310)
  expect(heartbeat.check(1_310)).toBe(Infinity)
  expect(happened).toEqual(['ping', 'gives up'])
})

test('asks anew at a waking once the answer has come', () => {
  const { heartbeat, happened } = create()
  heartbeat.probe(1_010)
  heartbeat.receivedAt = 1_020
  expect(heartbeat.probe(1_100)).toBe(1_400)
  expect(happened).toEqual(['ping', 'ping'])
})
