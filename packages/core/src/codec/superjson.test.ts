import { testSeed } from '@trunkline/testkit'
import fc from 'fast-check'
import SuperJSON from 'superjson'
import { describe, expect, test, vi } from 'vitest'
import { PayloadError } from './payload-error.js'
import { superjsonCodec } from './superjson.js'
import { hasNoReservedKey } from './testing/reserved-key.js'
import { receive, throughWire } from './testing/through-wire.js'

const seed = testSeed(import.meta.url)
const codec = superjsonCodec()

test('brings what JSON cannot say back as it was', () => {
  const value = {
    at: new Date(0),
    byKey: new Map<unknown, unknown>([[{ n: 1n }, new Set([1, new Uint8Array([1, 2])])]]),
    pattern: /a\/b/gi,
    page: new URL('http://localhost/a?b#c'),
    odd: [Number.NaN, -0, Infinity, -Infinity, undefined],
    absent: undefined,
    'a.b\\': [10n ** 30n],
  }
  expect(throughWire(codec, value)).toStrictEqual(value)
})

describe('golden fragments', () => {
  test.each([
    [undefined, ''],
    [{ a: [1, 'b', null] }, ',"data":{"a":[1,"b",null]}'],
    [new Date(0), ',"data":"1970-01-01T00:00:00.000Z","meta":{"values":["Date"],"v":1}'],
    [{ a: { b: 1n } }, ',"data":{"a":{"b":"1"}},"meta":{"values":{"a.b":["bigint"]},"v":1}'],
    [{ 'a.b': undefined }, ',"data":{"a.b":null},"meta":{"values":{"a\\\\.b":["undefined"]},"v":1}'],
    [new Map([['k', -0]]), ',"data":[["k","-0"]],"meta":{"values":["map",{"0.1":["number"]}],"v":1}'],
  ])('%o', (value, fragment) => {
    expect(codec.encode(value)).toBe(fragment)
  })

  test('bytes inside a Set inside a Map', () => {
    expect(codec.encode(new Map([['k', new Set([new Uint8Array([5, 6])])]]))).toEqual({
      fragment:
        ',"data":[["k",[[0]]]],"meta":{"values":["map",{"0.1":["set"]}],"v":1,"bytes":[["0","1","0"]]},"bytes":[2]',
      bytes: [new Uint8Array([5, 6])],
    })
  })
})

test('never enters superjson with plain JSON, bytes or not', () => {
  const serialize = vi.spyOn(SuperJSON.prototype, 'serialize')
  codec.encode({ a: [1, 'b', { c: null }] })
  expect(serialize).not.toHaveBeenCalled()
})

test('writes annotations that superjson itself can read', () => {
  const value = { at: new Date(), tags: new Set(['a']), 'x.y': { n: 1n } }
  const { data, meta } = receive(codec.encode(value))
  expect(SuperJSON.deserialize({ json: data as never, meta: meta as never })).toEqual(value)
})

test('brings any rich value back equal', () => {
  const key = fc.oneof(fc.string(), fc.constantFrom('', '.', '\\', 'a.b', '\\.', '0', 'length', 'toString', 'values'))
  const rich = fc.letrec<{ node: unknown }>((tie) => ({
    node: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      fc.constantFrom<unknown>(undefined, null, true, '', /x.y/g),
      fc.double(),
      fc.string(),
      fc.bigInt(),
      fc.date({ noInvalidDate: true }),
      fc.webUrl().map((url) => new URL(url)),
      fc.uint8Array({ maxLength: 8 }),
      fc.uint8Array({ maxLength: 8 }).map((bytes) => bytes.slice().buffer),
      fc.array(tie('node'), { maxLength: 4 }),
      fc.dictionary(key, tie('node'), { maxKeys: 4, noNullPrototype: true }),
      fc.array(tie('node'), { maxLength: 4 }).map((items) => new Set(items)),
      fc.array(fc.tuple(tie('node'), tie('node')), { maxLength: 4 }).map((pairs) => new Map(pairs)),
    ),
  })).node
  fc.assert(
    fc.property(rich.filter(hasNoReservedKey), (value) => {
      expect(throughWire(codec, value)).toStrictEqual(value)
    }),
    { seed, numRuns: 500 },
  )
})

test('brings an Error back with name, message and cause', () => {
  const back = throughWire(
    codec,
    new TypeError('no', { cause: { at: new Date(5), bytes: new Uint8Array(1) } }),
  ) as Error
  expect(back).toBeInstanceOf(Error)
  expect([back.name, back.message]).toEqual(['TypeError', 'no'])
  expect(back.cause).toEqual({ at: new Date(5), bytes: new Uint8Array(1) })
})

test('gives an object that is referred to twice as two equal ones, and keeps both elements of a Set', () => {
  const a = { at: new Date(1) }
  const b = { at: new Date(2) }
  const back = throughWire(codec, { a, b, set: new Set([a, b]) }) as { a: object; set: Set<object> }
  expect(back).toEqual({ a, b, set: new Set([a, b]) })
  expect(back.set.has(back.a)).toBe(false)
})

test('ignores shared references on the wire: they could make cycles and graphs that take forever to walk', () => {
  const back = codec.decode({ a: { b: null } }, { referentialEqualities: { a: ['a.b'] }, v: 1 }, [])
  expect(back).toEqual({ a: { b: null } })
})

test('keeps the members of instances, rich ones too, and fills holes with undefined', () => {
  class Visit {
    readonly at = new Date(5)
    readonly files = [new Uint8Array([1])]
    describe(): string {
      return 'a method stays behind'
    }
  }
  // biome-ignore lint/suspicious/noSparseArray: a hole is what this is about
  expect(throughWire(codec, [new Visit(), , 1n])).toStrictEqual([
    { at: new Date(5), files: [new Uint8Array([1])] },
    undefined,
    1n,
  ])
})

test('leaves out what else hangs on an array', () => {
  const match = /b(?<name>.)/.exec('abc')
  expect(throughWire(codec, { match, n: 1n })).toStrictEqual({ match: ['bc', 'c'], n: 1n })
})

test.each([
  ['a function', { a: [(): number => 1] }, 'a.0: expected data, got Function'],
  ['a symbol', { a: Symbol('s') }, 'a: expected data, got Symbol'],
  ['a promise', new Map([['k', Promise.resolve()]]), '0.1: expected data, got Promise'],
  ['an invalid Date', { at: new Date(Number.NaN) }, 'at: expected what can travel, got Date'],
  ['a long RegExp', { p: new RegExp('a'.repeat(1_001)) }, 'p: expected what can travel, got RegExp'],
  ['numbers of several bytes', [new Float64Array(1)], '0: expected data, got Float64Array'],
  [
    'a reserved key in a Map',
    new Map([['k', JSON.parse('{"__proto__":1}')]]),
    '0.1.__proto__: expected no reserved key',
  ],
])('refuses %s', (_, value, problem) => {
  expect(() => codec.encode(value)).toThrow(PayloadError)
  expect(() => codec.encode(value)).toThrow(problem)
})

test('refuses a cycle through a Map, a Set, an Error or an instance', () => {
  const map = new Map<string, unknown>()
  map.set('self', new Set([map]))
  const error = new Error('e')
  error.cause = { error }
  class Node {
    readonly self = [this]
  }
  for (const value of [map, error, new Node()]) expect(() => codec.encode(value)).toThrow('no cycle')
})

test('counts depth as it travels, so that the peer takes what was encoded', () => {
  const two = superjsonCodec({ maxDepth: 2 })
  expect(throughWire(two, new Map([['k', 1n]]))).toEqual(new Map([['k', 1n]]))
  expect(() => two.encode(new Map([['k', []]]))).toThrow('0.1: expected no cycle and at most 2 levels')
})

test('has no say in what encode changes: the value stays as it was', () => {
  const value = Object.freeze({ list: Object.freeze([new Uint8Array(1), 1n, Object.freeze(new Map())]) })
  codec.encode(value)
  expect(value.list[0]).toEqual(new Uint8Array(1))
})

describe('with an instance of the app', () => {
  class Money {
    readonly cents: number
    constructor(cents: number) {
      this.cents = cents
    }
    double(): Money {
      return new Money(this.cents * 2)
    }
  }
  const instance = new SuperJSON({ dedupe: true })
  instance.registerClass(Money)
  instance.registerCustom<URLSearchParams, string>(
    {
      isApplicable: (value) => value instanceof URLSearchParams,
      serialize: String,
      deserialize: (text) => new URLSearchParams(text),
    },
    'search',
  )
  const own = superjsonCodec({ instance })

  test('brings its classes and custom types back', () => {
    const price = new Money(150)
    const back = throughWire(own, { price, same: price, query: new URLSearchParams('a=1') }) as { price: Money }
    expect(back).toEqual({ price, same: price, query: new URLSearchParams('a=1') })
    expect(back.price.double().cents).toBe(300)
  })

  test('refuses types that nobody registered', () => {
    for (const type of [['class', 'Nobody'], ['custom', 'constructor'], ['symbol', 'x'], ['custom', '__proto__'], []]) {
      expect(() => own.decode({ a: {} }, { values: { a: [type] }, v: 1 }, [])).toThrow(PayloadError)
    }
  })

  test('checks what its transformers write', () => {
    const deep = new SuperJSON()
    deep.registerCustom<Money, never>(
      {
        isApplicable: (value) => value instanceof Money,
        serialize: () => [[[]]] as never,
        deserialize: () => new Money(1),
      },
      'money',
    )
    expect(() => superjsonCodec({ instance: deep, maxDepth: 3 }).encode([new Money(1)])).toThrow('at most 3 levels')
  })
})
