import { testSeed } from '@trunkline/testkit'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { binaryFraming, concatBytes, encodeBinaryMessage } from '../codec/attachments.js'
import { MessageError, readMessage } from './read-message.js'

const seed = testSeed(import.meta.url)

function elementsOf(message: string | Uint8Array): unknown[] {
  const elements: unknown[] = []
  readMessage(message, (element) => elements.push(element) > 0, binaryFraming)
  return elements
}

test('takes an array apart in order', () => {
  expect(elementsOf('[{"ping":0},{"ack":1}]')).toEqual([{ ping: 0 }, { ack: 1 }])
})

test('stops when the receiver has enough', () => {
  const seen: unknown[] = []
  readMessage('[1,2,3]', (element) => seen.push(element) < 2)
  expect(seen).toEqual([1, 2])
})

test('lets an error of the receiver through as it is', () => {
  const failure = new Error('from the receiver')
  const take = (): boolean => {
    throw failure
  }
  expect(() => readMessage('{"ping":0}', take)).toThrow(failure)
  expect(() => readMessage(concatBytes(encodeBinaryMessage('{"ok":1,"bytes":[]}', [])), take, binaryFraming)).toThrow(
    failure,
  )
})

test('gives attachments as views on the message', () => {
  const message = concatBytes(
    encodeBinaryMessage('{"ok":1,"bytes":[2,1]}', [new Uint8Array([1, 2]), new Uint8Array([3])]),
  )
  readMessage(
    message,
    (_element, bytes) => {
      expect(bytes).toEqual([new Uint8Array([1, 2]), new Uint8Array([3])])
      expect(bytes?.[0]?.buffer).toBe(message.buffer)
      return true
    },
    binaryFraming,
  )
})

test('reads a message that is a view on a larger buffer, as sockets give them', () => {
  const message = concatBytes(encodeBinaryMessage('{"ok":1,"bytes":[1]}', [new Uint8Array([9])]))
  const large = new Uint8Array(message.length + 20).fill(255)
  large.set(message, 7)
  readMessage(
    large.subarray(7, 7 + message.length),
    (element, bytes) => {
      expect(element).toEqual({ ok: 1, bytes: [1] })
      expect(bytes).toEqual([new Uint8Array([9])])
      return true
    },
    binaryFraming,
  )
})

test('names the count that is over the limit', () => {
  expect(() => elementsOf(`[${Array.from({ length: 257 }, () => '1').join()}]`)).toThrow(/1 to 256 .* holds 257/)
})

test('throws nothing but MessageError, and then handed nothing out', () => {
  const anyMessage = fc.oneof(
    fc.string(),
    fc.json().map((text) => text.slice(0, -1)),
    fc.uint8Array({ maxLength: 64 }),
    fc.tuple(fc.json(), fc.uint8Array()).map(([header, rest]) => concatBytes(encodeBinaryMessage(header, [rest]))),
    fc
      .tuple(fc.array(fc.oneof(fc.nat(20), fc.double(), fc.string())), fc.uint8Array())
      .map(([bytes, rest]) => concatBytes(encodeBinaryMessage(JSON.stringify({ ok: 1, bytes }), [rest]))),
  )
  fc.assert(
    fc.property(anyMessage, (message) => {
      let taken = 0
      try {
        readMessage(message, () => ++taken > 0, binaryFraming)
      } catch (error) {
        expect(error).toBeInstanceOf(MessageError)
        expect(taken).toBe(0)
      }
    }),
    { seed, numRuns: 5_000 },
  )
})

test('a binary message is refused where the codec carries no bytes', () => {
  const message = concatBytes(encodeBinaryMessage('{"ok":1,"bytes":[]}', []))
  expect(() => readMessage(message, () => true)).toThrow('carries no bytes')
})
