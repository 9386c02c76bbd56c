import { testSeed } from '@trunkline/testkit'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { concatBytes, decodeBinaryMessage, encodeBinaryMessage } from './attachments.js'
import { PayloadError } from './payload-error.js'

const seed = testSeed(import.meta.url)

test('writes header length, header and attachments back to back', () => {
  const message = concatBytes(encodeBinaryMessage('{"é":1}', [new Uint8Array([1, 2]), new Uint8Array([3])]))
  expect([...message]).toEqual([0, 0, 0, 8, ...Buffer.from('{"é":1}'), 1, 2, 3])
})

test('gives attachments as chunks that were not copied', () => {
  const attachment = new Uint8Array([1])
  expect(encodeBinaryMessage('{}', [attachment]).at(-1)).toBe(attachment)
})

test('takes any message apart again, wherever it lies in its buffer', () => {
  const unit = fc.record({
    header: fc.string({ unit: 'grapheme' }),
    bytes: fc.array(fc.uint8Array()),
    offset: fc.nat(9),
  })
  fc.assert(
    fc.property(unit, ({ header, bytes, offset }) => {
      const message = concatBytes([new Uint8Array(offset), ...encodeBinaryMessage(header, bytes)]).subarray(offset)
      const parts = decodeBinaryMessage(message)
      expect(parts.header).toBe(header)
      expect(parts.attachments(bytes.map((attachment) => attachment.length))).toEqual(bytes)
    }),
    { seed },
  )
})

test('reads a slice of a pooled Buffer and gives plain views on it', () => {
  const message = Buffer.concat([Buffer.from([0, 0, 0, 2]), Buffer.from('{}'), Buffer.from([5, 6])])
  const [view] = decodeBinaryMessage(message).attachments([2])
  message[6] = 9
  expect(view).toStrictEqual(new Uint8Array([9, 6]))
})

test('keeps a byte order mark, as JSON.parse then refuses it', () => {
  expect(decodeBinaryMessage(concatBytes(encodeBinaryMessage('\uFEFF{}', []))).header).toBe('\uFEFF{}')
})

test.each([
  ['empty', []],
  ['shorter than a length', [0, 0, 0]],
  ['shorter than its header', [0, 0, 0, 3, 123, 125]],
  ['announcing four gigabytes', [255, 255, 255, 255, 123, 125]],
  ['not UTF-8', [0, 0, 0, 2, 0xc3, 0x28]],
])('refuses a message that is %s', (_, bytes) => {
  expect(() => decodeBinaryMessage(new Uint8Array(bytes))).toThrow(PayloadError)
})

test.each([
  ['less than the rest', [1]],
  ['more than the rest', [2, 1]],
  ['negative sizes', [3, -1]],
  ['fractions', [0.5, 1.5]],
  ['infinity', [Infinity]],
  ['not numbers', ['2']],
  ['null', [null, 2]],
  ['none', []],
])('refuses sizes: %s', (_, sizes) => {
  const parts = decodeBinaryMessage(concatBytes(encodeBinaryMessage('{}', [new Uint8Array(2)])))
  expect(() => parts.attachments(sizes)).toThrow(PayloadError)
})

test('throws nothing but PayloadError for any bytes and sizes', () => {
  const sizes = fc.array(fc.oneof(fc.nat(8), fc.double(), fc.jsonValue()), { maxLength: 4 })
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 24 }), sizes, (message, claimed) => {
      try {
        decodeBinaryMessage(message).attachments(claimed)
      } catch (error) {
        expect(error).toBeInstanceOf(PayloadError)
      }
    }),
    { seed, numRuns: 5_000 },
  )
})
