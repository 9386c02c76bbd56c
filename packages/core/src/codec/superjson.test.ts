import { testSeed } from '@trunkline/testkit'
import fc from 'fast-check'
import SuperJSON from 'superjson'
import { describe, expect, test } from 'vitest'
import { richValue } from '../../test/rich-value.js'
import { PayloadError } from './payload-error.js'
import { superjsonCodec } from './superjson.js'
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
    [{ a: { b: 1n } }, ',"data":{"a":{"b":"1"}},"meta":{"values":{"a":{"b":["bigint"]}},"v":1}'],
    [{ 'a.b': undefined }, ',"data":{"a.b":null},"meta":{"values":{"a\\\\.b":["undefined"]},"v":1}'],
    [new Map([['k', -0]]), ',"data":[["k","-0"]],"meta":{"values":["map",{"0":{"1":["number"]}}],"v":1}'],
  ])('%o', (value, fragment) => {
    expect(codec.encode(value)).toBe(fragment)
  })

  test('bytes inside a Set inside a Map', () => {
    expect(codec.encode(new Map([['k', new Set([new Uint8Array([5, 6])])]]))).toEqual({
      fragment:
        ',"data":[["k",[[0]]]],"meta":{"values":["map",{"0":{"1":["set"]}}],"v":1,"bytes":[["0","1","0"]]},"bytes":[2]',
      bytes: [new Uint8Array([5, 6])],
    })
  })
})

test('brings any rich value back equal', () => {
  fc.assert(
    fc.property(richValue({ bytes: true }), (value) => {
      expect(throughWire(codec, value)).toStrictEqual(value)
    }),
    { seed, numRuns: 500 },
  )
})

describe('beside superjson itself', () => {
  test('superjson reads what it writes', () => {
    fc.assert(
      fc.property(richValue(), (value) => {
        const { data, meta } = receive(codec.encode(value))
        // What came over the wire; superjson checks nothing of it.
        expect(SuperJSON.deserialize({ json: data as never, meta: meta as never })).toStrictEqual(value)
      }),
      { seed, numRuns: 500 },
    )
  })

  test('it reads what superjson writes', () => {
    fc.assert(
      fc.property(richValue(), (value) => {
        const { json, meta } = JSON.parse(SuperJSON.stringify(value)) as { json: unknown; meta: unknown }
        expect(codec.decode(json, meta, [])).toStrictEqual(value)
      }),
      { seed, numRuns: 500 },
    )
  })

  test.each<[string, unknown]>([
    ['RegExps with slashes, brackets, line ends and all flags', [/a\/[/\]]/dgimsuy, /\n/, /(?:)/]],
    [
      'keys that are paths',
      { '': { '': 1n }, '.': { '\\': 2n }, 'a\\.b': 3n, '\\': new Set(['']), '1.2': { '0': 4n } },
    ],
    ['lone surrogates', { '\ud800': '\udc00', map: new Map([['\ud83d', 1n]]) }],
    ['URLs of every kind', ['https://例え.jp', 'data:,a b', 'file:///a', 'x-y+z:é'].map((text) => new URL(text))],
    ['the first and the last Date', [new Date(-8.64e15), new Date(8.64e15)]],
    ['keys and members that are types', new Map([[new Map([[1n, new Set([undefined])]]), { u: undefined }]])],
  ])('each reads what the other writes: %s', (_, value) => {
    const { data, meta } = receive(codec.encode(value))
    expect(SuperJSON.deserialize({ json: data as never, meta: meta as never })).toStrictEqual(value)
    const { json, meta: theirs } = JSON.parse(SuperJSON.stringify(value)) as { json: unknown; meta: unknown }
    expect(codec.decode(json, theirs, [])).toStrictEqual(value)
  })

  test('each reads an Error of the other, with its name and cause', () => {
    const error = new RangeError('far', { cause: new Map([['at', new Date(1)]]) })
    const { data, meta } = receive(codec.encode([error]))
    const { json, meta: theirs } = JSON.parse(SuperJSON.stringify([error])) as { json: unknown; meta: unknown }
    const members = { name: 'RangeError', message: 'far', cause: error.cause }
    expect(SuperJSON.deserialize({ json: data as never, meta: meta as never })).toMatchObject([members])
    expect(codec.decode(json, theirs, [])).toMatchObject([members])
  })

  test('both write the same data', () => {
    fc.assert(
      fc.property(richValue(), (value) => {
        expect(receive(codec.encode(value)).data ?? null).toEqual(
          (JSON.parse(SuperJSON.stringify(value)) as { json: unknown }).json,
        )
      }),
      { seed, numRuns: 500 },
    )
  })

  test('it has the same members of an Error', () => {
    const error = new TypeError('no', { cause: { at: new Date(5), why: undefined } })
    const wire = receive(codec.encode(error))
    expect(wire.data).toEqual(SuperJSON.serialize(error).json)
    const back = SuperJSON.deserialize<Error>({ json: wire.data as never, meta: wire.meta as never })
    expect([back.name, back.message, back.cause]).toEqual(['TypeError', 'no', { at: new Date(5), why: undefined }])
  })
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

test('writes the name and message of an Error as text, whatever an app put there: its peer takes nothing else', () => {
  const error = Object.assign(new Error(), { name: 404, message: undefined })
  expect(throughWire(codec, [error])).toMatchObject([{ name: '404', message: 'undefined' }])
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

test('takes the members of an instance whose toJSON gives itself', () => {
  class Model {
    readonly at = new Date(5)
    toJSON(): this {
      return this
    }
  }
  expect(throughWire(codec, [new Model()])).toStrictEqual([{ at: new Date(5) }])
})

test('leaves out what else hangs on an array', () => {
  const match = /b(?<name>.)/.exec('abc')
  expect(throughWire(codec, { match, n: 1n })).toStrictEqual({ match: ['bc', 'c'], n: 1n })
})

test.each([
  ['a function', { a: [(): number => 1] }, 'a.0: expected data, got Function'],
  ['a symbol', { a: Symbol('s') }, 'a: expected data, got Symbol'],
  ['a promise', new Map([['k', Promise.resolve()]]), '0.1: expected data, got Promise'],
  ['an invalid Date', { at: new Date(Number.NaN) }, 'at: expected a valid Date (P2.13), got another'],
  ['a long RegExp', { p: new RegExp('a'.repeat(1_001)) }, 'p: expected a valid regexp (P2.13), got another'],
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

test('is not confused by a toJSON that encodes or fails to encode something', () => {
  class Nosy {
    toJSON(): unknown {
      codec.encode({ deep: [{ at: new Date(1), file: new Uint8Array([9]) }] })
      expect(() => codec.encode({ deep: [new Date(1), new Uint8Array([9]), (): number => 1] })).toThrow('deep.2')
      return { n: 1n }
    }
  }
  const bytes = new Uint8Array([1])
  expect(throughWire(codec, { a: [new Date(0), bytes], b: { c: new Nosy(), d: bytes }, e: [undefined] })).toStrictEqual(
    {
      a: [new Date(0), bytes],
      b: { c: { n: 1n }, d: bytes },
      e: [undefined],
    },
  )
})
