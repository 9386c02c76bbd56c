import { testSeed } from '@trunkline/testkit'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { PreparedMessage } from '../prepared-message.js'
import type { Message } from '../transport.js'
import { coalesce } from './coalesce.js'
import { MAX_COALESCED_BYTES, MAX_FRAMES_PER_MESSAGE } from './limits.js'

const seed = testSeed(import.meta.url)

function coalesced(entries: readonly Message[]): Message[] {
  const messages: Message[] = []
  coalesce(entries, (message) => messages.push(message))
  return messages
}

/** A JSON string of exactly `length` UTF-16 units. */
const textOf = (length: number): string => `"${'x'.repeat(length - 2)}"`

test('one frame travels as it is, several as an array', () => {
  expect(coalesced(['{"ping":0}'])).toEqual(['{"ping":0}'])
  expect(coalesced(['{"ping":0}', '{"ack":1}'])).toEqual(['[{"ping":0},{"ack":1}]'])
  expect(coalesced([])).toEqual([])
})

test('binary and prepared messages keep their place', () => {
  const bytes = new Uint8Array([1])
  const prepared = new PreparedMessage('{"event":1}')
  expect(coalesced(['1', '2', bytes, '3', prepared, prepared, '4'])).toEqual([
    '[1,2]',
    bytes,
    '3',
    prepared,
    prepared,
    '4',
  ])
})

test('a message holds at most 65,536 units, brackets and commas included (P2.6)', () => {
  const half = (MAX_COALESCED_BYTES - 4) / 2
  expect(coalesced([textOf(half), textOf(half + 1)]).map((message) => message.length)).toEqual([MAX_COALESCED_BYTES])
  expect(coalesced([textOf(half + 1), textOf(half + 1)])).toHaveLength(2)
})

test('a frame that is larger travels alone (P2.6)', () => {
  const large = textOf(MAX_COALESCED_BYTES + 1)
  expect(coalesced(['1', '2', large, '3', '4'])).toEqual(['[1,2]', large, '[3,4]'])
})

test('a message holds at most 256 frames (P2.6)', () => {
  const frames = Array.from({ length: 2 * MAX_FRAMES_PER_MESSAGE + 1 }, (_, index) => String(index))
  const counts = coalesced(frames).map((message) => [JSON.parse(String(message))].flat().length)
  expect(counts).toEqual([MAX_FRAMES_PER_MESSAGE, MAX_FRAMES_PER_MESSAGE, 1])
})

test('keeps every frame and their order, within the limits', () => {
  const entry = fc.oneof(
    { weight: 5, arbitrary: fc.nat(30_000).map((length) => textOf(length + 2)) },
    { weight: 20, arbitrary: fc.nat(99).map(String) },
    { weight: 1, arbitrary: fc.constant(new Uint8Array([7])) },
  )
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 400 }), (entries) => {
      const messages = coalesced(entries)
      const seen = messages.flatMap((message): Message[] => {
        if (typeof message !== 'string') return [message]
        if (!message.startsWith('[')) return [message]
        expect(message.length).toBeLessThanOrEqual(MAX_COALESCED_BYTES)
        const frames = (JSON.parse(message) as unknown[]).map((frame) => JSON.stringify(frame))
        expect(frames.length).toBeLessThanOrEqual(MAX_FRAMES_PER_MESSAGE)
        return frames
      })
      expect(seen).toEqual(entries)
    }),
    { seed, numRuns: 200 },
  )
})
