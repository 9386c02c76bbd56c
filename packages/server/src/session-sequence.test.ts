import { ACK_AFTER_BYTES, ACK_AFTER_MS, MAX_RETAINED_BYTES } from '@trunkline/core/protocol'
import { testSeed } from '@trunkline/testkit'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { SessionSequence } from './session-sequence.js'

const seed = testSeed(import.meta.url)

/** A frame that can be told from others, `length` long at least. */
function frame(id: number, length = 0): string {
  return `{"ok":${id},"data":"${'x'.repeat(length)}"}`
}

/** Sends frames in one message, as an outbox does. */
function send(sequence: SessionSequence, ...frames: string[]): void {
  for (const each of frames) sequence.count(each.length)
  const bytes = frames.reduce((sum, each) => sum + each.length, 0)
  sequence.keep(frames.length === 1 ? (frames[0] ?? '') : `[${frames.join(',')}]`, frames.length, bytes)
}

test('gives the frames after a number again, also from the middle of a message', () => {
  const sequence = new SessionSequence(0)
  send(sequence, frame(1))
  send(sequence, frame(2), frame(3), frame(4))
  expect(sequence.after(0)).toEqual([frame(1), frame(2), frame(3), frame(4)])
  expect(sequence.after(2)).toEqual([frame(3), frame(4)])
  expect(sequence.after(4)).toEqual([])
  expect(sequence.sent).toBe(4)
})

test('lets a message go when all of its frames are acknowledged, and then cannot go back before them', () => {
  const sequence = new SessionSequence(0)
  send(sequence, frame(1), frame(2))
  send(sequence, frame(3))
  sequence.acknowledge(1)
  expect(sequence.retainedBytes).toBe(3 * frame(1).length)
  expect(sequence.after(1)).toEqual([frame(2), frame(3)])
  sequence.acknowledge(2)
  expect(sequence.retainedBytes).toBe(frame(3).length)
  expect(sequence.after(2)).toEqual([frame(3)])
  expect(sequence.after(1)).toBeUndefined()
})

test('refuses an acknowledgement of what was never sent, and then changes nothing', () => {
  const sequence = new SessionSequence(0)
  send(sequence, frame(1))
  expect(sequence.acknowledge(2)).toBe(false)
  expect(sequence.after(2)).toBeUndefined()
  expect(sequence.after(0)).toEqual([frame(1)])
})

test('keeps at most 262,144 units and lets the oldest go (P4.2)', () => {
  const sequence = new SessionSequence(0)
  const large = frame(1, MAX_RETAINED_BYTES / 4 - frame(1).length)
  for (let n = 0; n < 4; n++) send(sequence, large)
  expect(sequence.after(0)).toHaveLength(4)
  send(sequence, frame(5))
  expect(sequence.after(0)).toBeUndefined()
  expect(sequence.after(1)).toEqual([large, large, large, frame(5)])
})

test('a frame that is larger than all that may be kept is not kept, and the next ones are', () => {
  const sequence = new SessionSequence(0)
  send(sequence, frame(1, MAX_RETAINED_BYTES))
  expect(sequence.retainedBytes).toBe(0)
  send(sequence, frame(2))
  expect(sequence.after(0)).toBeUndefined()
  expect(sequence.after(1)).toEqual([frame(2)])
})

test('asks for an acknowledgement after 65,536 bytes or 1 s (P3.8)', () => {
  const sequence = new SessionSequence(5_000)
  expect(sequence.receive(ACK_AFTER_BYTES - 1, 5_000)).toBe(false)
  expect(sequence.receive(1, 5_000)).toBe(true)
  sequence.told(6_000)
  expect(sequence.receive(1, 6_000 + ACK_AFTER_MS - 1)).toBe(false)
  expect(sequence.receive(1, 6_000 + ACK_AFTER_MS)).toBe(true)
  expect(sequence.received).toBe(4)
})

test('agrees with a list of all frames, however they are grouped, acknowledged and asked for', () => {
  const length = fc.oneof({ weight: 6, arbitrary: fc.nat(200) }, fc.integer({ min: 10_000, max: 90_000 }))
  const step = fc.oneof(
    { weight: 6, arbitrary: fc.record({ send: fc.array(length, { minLength: 1, maxLength: 5 }) }) },
    { weight: 2, arbitrary: fc.record({ acknowledge: fc.nat(100) }) },
    { weight: 2, arbitrary: fc.record({ after: fc.nat(100) }) },
  )
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 200 }), (steps) => {
      const sequence = new SessionSequence(0)
      // All frames by number - 1; and the messages that are kept, each with the number of its first frame.
      const all: string[] = []
      let messages: { first: number; frames: string[] }[] = []
      const keptBytes = (): number =>
        messages.flatMap(({ frames }) => frames).reduce((sum, each) => sum + each.length, 0)
      for (const each of steps) {
        if ('send' in each) {
          const frames = each.send.map((size, index) => frame(all.length + index, size))
          messages.push({ first: all.length + 1, frames })
          all.push(...frames)
          send(sequence, ...frames)
          while (keptBytes() > MAX_RETAINED_BYTES) messages.shift()
        } else if ('acknowledge' in each) {
          // Mostly near what was sent, as real ones are, and sometimes beyond it.
          const count = Math.max(0, all.length + 2 - each.acknowledge)
          expect(sequence.acknowledge(count)).toBe(count <= all.length)
          if (count <= all.length) messages = messages.filter(({ first, frames }) => first + frames.length - 1 > count)
        } else {
          const count = Math.max(0, all.length + 2 - each.after)
          const isKept = count <= all.length && count + 1 >= (messages[0]?.first ?? all.length + 1)
          expect(sequence.after(count)).toEqual(isKept ? all.slice(count) : undefined)
        }
        expect(sequence.sent).toBe(all.length)
        expect(sequence.retainedBytes).toBe(keptBytes())
      }
    }),
    { seed, numRuns: 300 },
  )
})
