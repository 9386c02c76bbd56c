import { runInNewContext } from 'node:vm'
import { testSeed } from '@trunkline/testkit'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { jsonCodec } from './json.js'
import { PayloadError } from './payload-error.js'
import { hasOnlyCarriedKeys } from './testing/carried-keys.js'
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
    fc.property(fc.jsonValue({ maxDepth: 5 }).filter(hasOnlyCarriedKeys), (value) => {
      expect(throughWire(codec, value)).toEqual(JSON.parse(JSON.stringify(value)))
    }),
    { seed },
  )
})

test('leaves members out that are undefined, and writes -0 as 0', () => {
  expect(codec.encode([-0, { a: -0 }])).toBe(',"data":[0,{"a":0}]')
  expect(codec.encode({ a: undefined, b: 1 })).toBe(',"data":{"b":1}')
})

test.each([
  ['Date', new Date()],
  ['Map', new Map()],
  ['Set', new Set()],
  ['BigInt', 1n],
  ['Number', Number.NaN],
  ['Number', Infinity],
  ['RegExp', /a/],
  ['URL', new URL('http://localhost')],
  ['Error', new Error('e')],
  ['Promise', Promise.resolve()],
  ['Function', () => 1],
  ['Symbol', Symbol('s')],
  ['Float32Array', new Float32Array(1)],
  ['String', Object('boxed')],
  ['WeakMap', new WeakMap()],
  ['Headers', new Headers()],
  ['DOMException', new DOMException()],
])('refuses a %s with its path and says which codec has more', (kind, value) => {
  expect(() => codec.encode({ at: [value] })).toThrow(`at.0: expected JSON (the superjson codec has more), got ${kind}`)
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
  class Decimal {
    readonly [Symbol.toStringTag] = 'Decimal'
    toJSON(): string {
      return '0.1'
    }
  }
  expect(codec.encode([new Money(), new Point(), new Decimal()])).toBe(',"data":["1.50",{"x":1},"0.1"]')
})

test('refuses an instance that calls itself something else and has no data', () => {
  class Handle {
    readonly [Symbol.toStringTag] = 'Handle'
  }
  expect(() => codec.encode({ handle: new Handle() })).toThrow('handle: expected JSON')
})

test('takes data of another realm', () => {
  expect(codec.encode(runInNewContext('({ a: [{ b: 1 }] })'))).toBe(',"data":{"a":[{"b":1}]}')
})

test('refuses what an instance hides', () => {
  class Visit {
    readonly at = new Date()
  }
  expect(() => codec.encode([new Visit()])).toThrow('0.at: expected JSON')
  // What a `toJSON` gives is asked in turn, here until the stack is full.
  const endless = { toJSON: (): unknown => Object.create(endless) as unknown }
  expect(() => codec.encode(Object.create(endless))).toThrow(PayloadError)
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

test.each([new Uint8Array(1), new ArrayBuffer(1), new Blob([])])('refuses %o', (value) => {
  expect(() => codec.encode({ a: value })).toThrow('a: expected JSON (the superjson codec has more)')
})

test('says so when the peer uses a richer codec', () => {
  expect(() => codec.decode('2000-01-01', { values: ['Date'], v: 1 }, [])).toThrow('the superjson codec has more')
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

test('what another codec wrote is refused with what to do', () => {
  expect(() => jsonCodec().decode('2026-01-01', { values: ['Date'] }, [])).toThrow(
    'client and server need the same one',
  )
})
