import { ACK_AFTER_BYTES, ACK_AFTER_MS, MAX_RETAINED_BYTES } from '@trunkline/core/protocol'
import { testSeed } from '@trunkline/testkit'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createSequence, type Sequence } from './sequence.js'

const seed = testSeed(import.meta.url)

function keepAll(sequence: Sequence, frames: readonly string[]): void {
  for (const frame of frames) sequence.keep(frame)
}

test('gives the frames after a number again, in order', () => {
  const sequence = createSequence(0)
  keepAll(sequence, ['a', 'b', 'c'])
  expect(sequence.after(1)).toEqual(['b', 'c'])
  expect(sequence.after(3)).toEqual([])
})

test('lets acknowledged frames go, and says that it cannot go back before them', () => {
  const sequence = createSequence(0)
  keepAll(sequence, ['a', 'b', 'c'])
  sequence.acknowledge(2)
  expect(sequence.after(2)).toEqual(['c'])
  expect(sequence.after(1)).toBeUndefined()
})

test('cannot give what was never sent', () => {
  const sequence = createSequence(0)
  keepAll(sequence, ['a'])
  expect(sequence.after(2)).toBeUndefined()
  expect(sequence.after(0)).toEqual(['a'])
})

test('an older acknowledgement that comes late does nothing', () => {
  const sequence = createSequence(0)
  keepAll(sequence, ['a', 'b', 'c'])
  sequence.acknowledge(2)
  sequence.acknowledge(1)
  expect(sequence.after(2)).toEqual(['c'])
})

test('keeps at most 262,144 units and lets the oldest go (P4.2)', () => {
  const sequence = createSequence(0)
  const frame = 'x'.repeat(MAX_RETAINED_BYTES / 4)
  keepAll(sequence, [frame, frame, frame, frame])
  expect(sequence.after(0)).toHaveLength(4)
  sequence.keep('y')
  expect(sequence.after(0)).toBeUndefined()
  expect(sequence.after(1)).toEqual([frame, frame, frame, 'y'])
})

test('a frame that is larger than all that may be kept is not kept, and the next ones are', () => {
  const sequence = createSequence(0)
  sequence.keep('x'.repeat(MAX_RETAINED_BYTES + 1))
  sequence.keep('y')
  expect(sequence.after(0)).toBeUndefined()
  expect(sequence.after(1)).toEqual(['y'])
})

test('asks for an acknowledgement after 65,536 bytes (P3.8)', () => {
  const sequence = createSequence(0)
  expect(sequence.receive(ACK_AFTER_BYTES - 1, 0)).toBe(false)
  expect(sequence.receive(1, 0)).toBe(true)
  sequence.told(0)
  expect(sequence.receive(ACK_AFTER_BYTES - 1, 0)).toBe(false)
  expect(sequence.received).toBe(3)
})

test('asks for an acknowledgement with the first frame 1 s after the last one (P3.8)', () => {
  const sequence = createSequence(5_000)
  expect(sequence.receive(1, 5_000 + ACK_AFTER_MS - 1)).toBe(false)
  expect(sequence.receive(1, 5_000 + ACK_AFTER_MS)).toBe(true)
  sequence.told(6_000)
  expect(sequence.receive(1, 6_000 + ACK_AFTER_MS - 1)).toBe(false)
})

test('agrees with a list of all frames, whatever is kept, acknowledged and asked for', () => {
  const step = fc.oneof(
    { weight: 6, arbitrary: fc.record({ keep: fc.oneof(fc.nat(200), fc.integer({ min: 10_000, max: 300_000 })) }) },
    { weight: 2, arbitrary: fc.record({ acknowledge: fc.nat(100) }) },
    { weight: 2, arbitrary: fc.record({ after: fc.nat(100) }) },
  )
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 400 }), (steps) => {
      const sequence = createSequence(0)
      // All frames by number - 1, and the number of the first that is kept.
      const all: string[] = []
      let first = 1
      const keptBytes = (): number => all.slice(first - 1).reduce((sum, frame) => sum + frame.length, 0)
      for (const each of steps) {
        if ('keep' in each) {
          const frame = String(all.length).padEnd(each.keep, '.')
          all.push(frame)
          sequence.keep(frame)
          while (keptBytes() > MAX_RETAINED_BYTES) first += 1
        } else if ('acknowledge' in each) {
          // Mostly near what was sent, as real ones are.
          const count = Math.max(0, all.length - each.acknowledge)
          sequence.acknowledge(count)
          first = Math.max(first, count + 1)
        } else {
          const count = Math.max(0, all.length + 2 - each.after)
          const isKept = count <= all.length && count + 1 >= first
          expect(sequence.after(count)).toEqual(isKept ? all.slice(count) : undefined)
        }
      }
      expect(sequence.after(first - 1)).toEqual(all.slice(first - 1))
    }),
    { seed, numRuns: 300 },
  )
})
