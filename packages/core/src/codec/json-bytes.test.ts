import { testSeed } from '@trunkline/testkit'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { jsonCodec } from './json.js'
import { jsonBytesCodec } from './json-bytes.js'
import { PayloadError } from './payload-error.js'
import { superjsonCodec } from './superjson.js'
import { hasOnlyCarriedKeys } from './testing/carried-keys.js'
import { throughWire } from './testing/through-wire.js'

const seed = testSeed(import.meta.url)
const codec = jsonBytesCodec()

test('carries bytes beside the JSON and says where they belong', () => {
  const payload = codec.encode({
    file: new Uint8Array([1, 2]),
    list: [Buffer.from('abc'), { raw: new ArrayBuffer(1) }],
  })
  expect(payload).toEqual({
    fragment:
      ',"data":{"file":[0],"list":[[1],{"raw":[2,"ArrayBuffer"]}]}' +
      ',"meta":{"bytes":[["file"],["list","0"],["list","1","raw"]]},"bytes":[2,3,1]',
    bytes: [new Uint8Array([1, 2]), Buffer.from('abc'), new Uint8Array(1)],
  })
})

test('brings bytes back where they were, whatever the keys', () => {
  const key = fc.oneof(fc.string(), fc.constantFrom('', '.', '\\', 'a.b', '0', 'length', 'toJSON', 'bytes'))
  const value = fc.letrec<{ node: unknown }>((tie) => ({
    node: fc.oneof(
      { maxDepth: 4 },
      fc.uint8Array(),
      fc.uint8Array().map((bytes) => bytes.slice().buffer),
      fc.string(),
      fc.integer(),
      fc.array(tie('node'), { maxLength: 4 }),
      fc.dictionary(key, tie('node'), { maxKeys: 4, noNullPrototype: true }),
    ),
  })).node
  fc.assert(
    fc.property(value.filter(hasOnlyCarriedKeys), (original) => {
      expect(throughWire(codec, original)).toEqual(original)
    }),
    { seed },
  )
})

test('gives views on the message, not copies', () => {
  const message = new Uint8Array([7, 1, 2])
  const decoded = codec.decode([0], { bytes: [[]] }, [message.subarray(1)]) as Uint8Array
  message[1] = 9
  expect([...decoded]).toEqual([9, 2])
})

test.each([
  ['a place that is not there', { a: [0] }, { bytes: [['b']] }],
  ['an inherited member', { a: [0] }, { bytes: [['toString']] }],
  ['a prototype', { a: [0] }, { bytes: [['__proto__', 'x']] }],
  ['the length of an array', [0], { bytes: [['length']] }],
  ['a step through null', { a: null }, { bytes: [['a', 'b']] }],
  ['a place without an index', { a: 0 }, { bytes: [['a']] }],
  ['an index past the attachments', [7], { bytes: [[]] }],
  ['a negative index', [-1], { bytes: [[]] }],
  ['an index that is a name', ['length'], { bytes: [[]] }],
  ['an inherited name', ['constructor'], { bytes: [[]] }],
  ['one attachment twice', [[0], [0]], { bytes: [['0'], ['1']] }],
  ['one place twice', { a: [0] }, { bytes: [['a'], ['a']] }],
  ['a step into bytes', { a: [0] }, { bytes: [['a'], ['a', '0']] }],
  ['an unknown kind', [0, 'Float32Array'], { bytes: [[]] }],
  ['a Blob without a type', [0, 'Blob'], { bytes: [[]] }],
  ['a File without a time', [0, 'File', 't', 'n'], { bytes: [[]] }],
  ['paths that are no list', [0], { bytes: 1 }],
  ['a path that is no list', [0], { bytes: [1] }],
  ['null', [0], null],
  ['text', [0], 'bytes'],
])('refuses %s in meta', (_, data, meta) => {
  expect(() => codec.decode(data, meta, [new Uint8Array(2)])).toThrow(PayloadError)
})

test('says so when the peer uses the superjson codec', () => {
  expect(() => codec.decode('2000-01-01', { values: ['Date'], v: 1 }, [])).toThrow('superjson codec')
})

test('writes bytes as the superjson codec does', () => {
  const value = { a: [new Uint8Array([1]), { 'b.c': new ArrayBuffer(2) }] }
  expect(codec.encode(value)).toEqual(superjsonCodec().encode(value))
})

test('writes plain JSON as if there were no option', () => {
  expect(codec.encode({ a: 1 })).toBe(',"data":{"a":1}')
  expect(() => codec.encode({ a: 1n })).toThrow('a: expected JSON or bytes (the superjson codec has more), got BigInt')
})

test('writes JSON without bytes as the JSON codec does', () => {
  const value = { a: [-0, { absent: undefined, n: 1 }] }
  expect(codec.encode(value)).toBe(jsonCodec().encode(value))
  expect(codec.encode(undefined)).toBe('')
  expect(() => codec.encode([undefined])).toThrow('0: expected JSON or bytes (the superjson codec has more)')
})
