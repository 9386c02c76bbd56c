import { testSeed } from '@trunkline/testkit'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { jsonCodec } from './json.js'
import { PayloadError } from './payload-error.js'
import { hasNoReservedKey } from './testing/reserved-key.js'
import { fragmentOf, receive, throughWire } from './testing/through-wire.js'

const seed = testSeed(import.meta.url)
const codec = jsonCodec()

test('writes plain JSON behind the members before it', () => {
  expect(codec.encode({ text: 'hi', n: 1 })).toBe(',"data":{"text":"hi","n":1}')
  expect(codec.encode(null)).toBe(',"data":null')
  expect(codec.encode(undefined)).toBe('')
})

test('brings any JSON back equal', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 5 }).filter(hasNoReservedKey), (value) => {
      expect(throughWire(codec, value)).toEqual(value)
    }),
    { seed },
  )
})

test('leaves members out that are undefined', () => {
  expect(codec.encode({ a: undefined, b: 1 })).toBe(',"data":{"b":1}')
})

test.each([
  ['Date', new Date()],
  ['Map', new Map()],
  ['Set', new Set()],
  ['BigInt', 1n],
  ['Number', Number.NaN],
  ['Number', -0],
  ['RegExp', /a/],
  ['URL', new URL('http://localhost')],
  ['Error', new Error('e')],
  ['Promise', Promise.resolve()],
  ['Function', () => 1],
  ['Symbol', Symbol('s')],
  ['Float32Array', new Float32Array(1)],
  ['String', Object('boxed')],
])('refuses a %s with its path and says which codec has more', (kind, value) => {
  expect(() => codec.encode({ at: [value] })).toThrow(
    `at.0: expected JSON or bytes (the superjson codec has more), got ${kind}`,
  )
})

test('writes an instance of a class as JSON.stringify does', () => {
  class Money {
    readonly #cents = 150
    toJSON(): string {
      return (this.#cents / 100).toFixed(2)
    }
  }
  class Point {
    readonly x = 1
    readonly norm = (): number => this.x
  }
  expect(codec.encode([new Money(), new Point()])).toBe(',"data":["1.50",{"x":1}]')
})

test('refuses what an instance hides', () => {
  class Visit {
    readonly at = new Date()
  }
  expect(() => codec.encode([new Visit()])).toThrow('0.at: expected JSON or bytes')
  const endless = { toJSON: (): unknown => Object.create(endless) as unknown }
  expect(() => codec.encode(Object.create(endless))).toThrow('no cycle')
})

test('says nothing of what a getter or toJSON threw, but keeps it as the cause', () => {
  const secret = new Error('password is 123')
  class Broken {
    toJSON(): never {
      throw secret
    }
  }
  const attempt = (): unknown => codec.encode([new Broken()])
  expect(attempt).toThrow(PayloadError)
  expect(attempt).toThrow(expect.objectContaining({ cause: secret, message: expect.not.stringContaining('123') }))
})

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
    fc.property(value.filter(hasNoReservedKey), (original) => {
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
  ['no paths', [0], {}],
  ['null', [0], null],
  ['text', [0], 'bytes'],
])('refuses %s in meta', (_, data, meta) => {
  expect(() => codec.decode(data, meta, [new Uint8Array(2)])).toThrow(PayloadError)
})

test('says so when the peer uses the superjson codec', () => {
  expect(() => codec.decode('2000-01-01', { values: ['Date'], v: 1 }, [])).toThrow('superjson codec')
})

test('refuses depth and reserved keys on the way in', () => {
  expect(() => jsonCodec({ maxDepth: 2 }).decode([[[]]], undefined, [])).toThrow('at most 2 levels')
  expect(() => codec.decode(JSON.parse('{"__proto__":{}}'), undefined, [])).toThrow(
    '__proto__: expected no reserved key',
  )
})

test('takes a value of any depth up to the limit on both sides', () => {
  const shallow = jsonCodec({ maxDepth: 3 })
  const value = { a: [{ b: 1 }] }
  expect(throughWire(shallow, value)).toEqual(value)
  expect(() => shallow.encode([value])).toThrow('at most 3 levels')
})

test('decodes a payload without data to undefined', () => {
  const { data, meta } = receive(codec.encode(undefined))
  expect(codec.decode(data, meta, [])).toBe(undefined)
  expect(fragmentOf(codec.encode(undefined))).toBe('')
})
