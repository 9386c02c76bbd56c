import { testSeed } from '@trunkline/testkit'
import fc from 'fast-check'
import { afterEach, describe, expect, test } from 'vitest'
import { PayloadError } from './payload-error.js'
import { superjsonCodec } from './superjson.js'
import { receive, throughWire } from './testing/through-wire.js'

const seed = testSeed(import.meta.url)
const codec = superjsonCodec()

const prototypes = [Object, Array, Map, Set, Date, RegExp, Error, Function].map(({ prototype }) => prototype as object)
const membersOfPrototypes = (): unknown[] =>
  prototypes.map((prototype) =>
    Object.entries(Object.getOwnPropertyDescriptors(prototype)).map(([key, { value }]) => [key, value]),
  )
const before = membersOfPrototypes()

afterEach(() => {
  expect(membersOfPrototypes()).toEqual(before)
  expect(Object.keys(Object.prototype)).toEqual([])
})

/** Decodes; what comes is either a PayloadError or a tree of data. */
function decodeHostile(data: unknown, meta: unknown, bytes: readonly Uint8Array[] = []): 'refused' | 'built' {
  let value: unknown
  try {
    value = codec.decode(data, meta, bytes)
  } catch (error) {
    expect(error).toBeInstanceOf(PayloadError)
    return 'refused'
  }
  expectTree(value, new Set(), 0)
  return 'built'
}

function expectTree(value: unknown, seen: Set<object>, depth: number): void {
  expect(typeof value).not.toMatch(/function|symbol/)
  if (typeof value !== 'object' || value === null) return
  expect(depth).toBeLessThanOrEqual(64)
  expect(seen.has(value)).toBe(false)
  seen.add(value)
  if (Array.isArray(value)) expect(value.length).toBeLessThan(1_000)
  const parts: unknown[] = ArrayBuffer.isView(value) ? [] : Object.values(value)
  if (value instanceof Map || value instanceof Set) parts.push(...value)
  if (value instanceof Error) parts.push(value.name, value.message, value.cause)
  for (const part of parts) expectTree(part, seen, depth + 1)
}

const poison = ['__proto__', 'constructor', 'prototype', 'toString', '__defineGetter__', 'length', 'size', 'then', '']
const names = [...poison, 'a', 'b', '0', '1', '-1', '01', '4294967294', '1e3', 'NaN', 'a.b', '\\', '\\.']
const types = ['undefined', 'bigint', 'Date', 'Error', 'regexp', 'set', 'map', 'number', 'URL', 'symbol', 'constructor']
const text = fc.constantFrom('NaN', '-0', '1', '/a/g', '/(/', '2000-01-01', 'http://localhost', '', 'x', '/a')
const name = fc.constantFrom(...names)

const data = fc.letrec<{ node: unknown }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 5 },
    text,
    fc.constantFrom(null, 0, 1, true),
    fc.array(tie('node'), { maxLength: 3 }),
    fc.array(fc.tuple(tie('node'), tie('node')), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom('a', 'b', '0', 'name', 'message', 'cause', 'stack', 'a.b', ''), tie('node'), {
      noNullPrototype: true,
    }),
  ),
})).node

const type = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom<unknown>(...types) },
  fc.constantFrom<unknown>(
    ['custom', 'bytes'],
    ['class', 'Object'],
    ['typed-array', 'Uint8Array'],
    ['symbol', 'x'],
    null,
    1,
  ),
)
const path = fc.array(name, { minLength: 1, maxLength: 4 }).map((segments) => segments.join('.'))
const tree = fc.letrec<{ node: unknown }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 3 },
    fc.tuple(type),
    fc.tuple(type, fc.oneof(fc.dictionary(path, tie('node'), { maxKeys: 3 }), fc.jsonValue())),
    fc.dictionary(path, tie('node'), { maxKeys: 3 }),
  ),
})).node
const equalities = fc.oneof(
  fc.dictionary(path, fc.array(path, { maxLength: 3 }), { maxKeys: 3 }),
  fc.tuple(fc.array(path, { maxLength: 3 })),
  fc.jsonValue(),
)
const places = fc.array(fc.oneof(fc.array(fc.oneof(name, fc.jsonValue()), { maxLength: 3 }), fc.jsonValue()), {
  maxLength: 3,
})
const meta = fc.oneof(
  {
    weight: 9,
    arbitrary: fc.record(
      { values: tree, referentialEqualities: equalities, v: fc.constant(1), bytes: places },
      { requiredKeys: [] },
    ),
  },
  fc.jsonValue(),
)

test('throws nothing but PayloadError and builds nothing but trees of data, whatever meta says', () => {
  const seen = { refused: 0, built: 0 }
  const bytes = [new Uint8Array(3), new Uint8Array(0)]
  fc.assert(
    fc.property(data, meta, (hostileData, hostileMeta) => {
      // As it would come: parsed, so that `__proto__` is a key like any other.
      const parsed = JSON.parse(JSON.stringify([hostileData, hostileMeta])) as [unknown, unknown]
      seen[decodeHostile(...parsed, bytes)]++
    }),
    { seed, numRuns: 5_000 },
  )
  expect(seen.refused).toBeGreaterThan(100)
  expect(seen.built).toBeGreaterThan(100)
})

test('survives an honest payload whose annotations were moved, retyped or repeated', () => {
  const honest = {
    a: new Map<unknown, unknown>([
      [{ b: 1n }, new Set([new Date(0), /x/])],
      ['0', [undefined, Number.NaN]],
    ]),
    b: { a: new Error('e', { cause: new URL('http://localhost') }), 'a.b': [new Uint8Array(2)] },
    '0': [-0, { a: undefined }],
  }
  const payload = codec.encode(honest)
  const bytes = typeof payload === 'string' ? [] : payload.bytes
  const wire = receive(payload)
  expect(decodeHostile(wire.data, wire.meta, bytes)).toBe('built')
  const edit = fc.record({ at: fc.nat(), key: fc.option(path), type: fc.option(type), drop: fc.boolean() })
  fc.assert(
    fc.property(fc.array(edit, { minLength: 1, maxLength: 4 }), (edits) => {
      const { data: fresh, meta: target } = receive(payload)
      for (const { at, key, type: newType, drop } of edits) {
        const nodes = nodesOf(target)
        const node = nodes[at % nodes.length] as Record<string, unknown>
        const [member] = Object.keys(node).slice(at % 3)
        if (member === undefined) continue
        if (key !== null && !Array.isArray(node)) put(node, key, structuredClone(node[member]))
        if (newType !== null) node[member] = structuredClone(newType)
        if (drop) delete node[member]
      }
      decodeHostile(fresh, target, bytes)
    }),
    { seed, numRuns: 3_000 },
  )
})

/** As `JSON.parse` puts it: `__proto__` is a key like any other. */
function put(node: object, key: string, value: unknown): void {
  Object.defineProperty(node, key, { value, enumerable: true, configurable: true, writable: true })
}

function nodesOf(value: unknown): object[] {
  return typeof value === 'object' && value !== null ? [value, ...Object.values(value).flatMap(nodesOf)] : []
}

test.each([
  ['a place past the end: a sparse array of four billion', [1], { values: { '4294967294': ['undefined'] } }],
  ['a negative index', [1], { values: { '-1': ['undefined'] } }],
  ['the length of an array', [1], { values: { length: ['undefined'] } }],
  ['an inherited method', { a: 1 }, { values: { toString: ['undefined'] } }],
  ['a prototype', { a: 1 }, { values: { '__proto__.x': ['undefined'] } }],
  ['a place inside text', { a: 'bc' }, { values: { 'a.0': ['undefined'] } }],
  ['two types for one place', { a: '1' }, { values: { a: ['bigint'], '\\a': ['bigint'] } }],
  ['a way through what is a Set already', { a: [[1]] }, { values: { a: ['set'], 'a.0': ['set'] } }],
  ['a RegExp of 1,001 characters', `/${'a'.repeat(1_001)}/`, { values: ['regexp'] }],
  ['a RegExp that does not compile', '/(/', { values: ['regexp'] }],
  ['a RegExp with unknown flags', '/a/zz', { values: ['regexp'] }],
  ['a Date that is a number', 1, { values: ['Date'] }],
  ['a Date of nonsense', 'yesterday', { values: ['Date'] }],
  ['a Date of the reader’s time zone', '2000-01-01T00:00:00.000', { values: ['Date'] }],
  ['a Date of the thirteenth month', '2000-13-01T00:00:00.000Z', { values: ['Date'] }],
  ['a type in a list', '5', { values: [['bigint']] }],
  ['a type that every object inherits', '1', { values: ['constructor'] }],
  ['a BigInt in hex', '0x10', { values: ['bigint'] }],
  ['a BigInt of spaces', ' ', { values: ['bigint'] }],
  ['a number in words', 'one', { values: ['number'] }],
  ['a URL that is none', 'a b', { values: ['URL'] }],
  ['a Map of no pairs', [[1]], { values: ['map'] }],
  ['a Set of text', 'abc', { values: ['set'] }],
  ['an Error whose name is an object', { name: { toString: 1 }, message: '' }, { values: ['Error'] }],
  ['undefined with a value', 1, { values: ['undefined'] }],
  ['a class', {}, { values: [['class', 'Object']] }],
  ['a typed array', [1e9], { values: [['typed-array', 'Float64Array']] }],
  ['a type that is no text', 1, { values: [{}] }],
  ['a tree that is text', 1, { values: 'Date' }],
  ['a tree of trees that is no tree', { a: 1 }, { values: { a: 1 } }],
  ['annotations of another version', '1', { values: ['bigint'], v: 0 }],
  ['bytes that are annotated too', [0], { values: ['set'], bytes: [[]] }],
])('refuses %s', (_, value, hostile) => {
  expect(() => codec.decode(value, { v: 1, ...hostile }, [new Uint8Array(1)])).toThrow(PayloadError)
})

test('refuses 65 levels before anything is built of them', () => {
  const nested: unknown = JSON.parse(`${'['.repeat(65)}"x"${']'.repeat(65)}`)
  expect(() => codec.decode(nested, { values: ['set'], v: 1 }, [])).toThrow('at most 64 levels')
})

test('takes annotations that are 100,000 levels deep without a stack overflow', () => {
  const deep = JSON.parse(`${'{"0":'.repeat(100_000)}["set"]${'}'.repeat(100_000)}`) as unknown
  expect(() => codec.decode([[]], { values: deep, v: 1 }, [])).toThrow(PayloadError)
})

describe('what would take long to build is refused at once', () => {
  const manyHosts = Array.from({ length: 20_000 }, (_, index) => String.fromCharCode(0x4e00 + index)).join('')
  test.each([
    ['a BigInt of 10,001 digits', '7'.repeat(10_001), 'bigint'],
    ['a RegExp with properties of strings', `/${'[\\p{RGI_Emoji}]'.repeat(60)}/iv`, 'regexp'],
    ['a RegExp with properties of characters', `/${'\\p{L}'.repeat(190)}/u`, 'regexp'],
    ['a RegExp with the opposite of a property', '/a\\P{Lu}/u', 'regexp'],
    ['a host of 20,000 letters of the world', `http://${manyHosts}/`, 'URL'],
    ['such a host in percents', `http://${encodeURIComponent(manyHosts)}/`, 'URL'],
    ['such a host without slashes', `http:${encodeURIComponent(manyHosts)}`, 'URL'],
    ['such a host behind backslashes', `http:\\\\${encodeURIComponent(manyHosts)}/`, 'URL'],
    ['such a host behind a space', ` http://${encodeURIComponent(manyHosts)}/`, 'URL'],
    ['such a host in capitals', `HTTP:${encodeURIComponent(manyHosts)}/`, 'URL'],
    ['such a host behind a name', `http://a\\${encodeURIComponent(manyHosts)}/`, 'URL'],
    ['such a host with a tab in the scheme', `ht\ttp://${encodeURIComponent(manyHosts)}/`, 'URL'],
    ['a host of punycode', `https://xn--${'a9'.repeat(10_000)}/`, 'URL'],
  ])('%s', (_, value, type) => {
    expect(() => codec.decode(value, { values: [type], v: 1 }, [])).toThrow('a meta of places that are there')
  })

  test.each([
    ['a BigInt', 10n ** 10_000n],
    ['a RegExp', /\p{L}/u],
    ['a longer RegExp', new RegExp('a'.repeat(1_001))],
    ['a URL', new URL(`http://${'a'.repeat(1_000)}@localhost/`)],
  ])('nor is %s sent that nobody would take', (_, value) => {
    expect(() => codec.encode({ list: [value] })).toThrow('list.0: expected a')
  })

  test.each([
    10n ** 9_999n,
    /^(?<year>\d{4})[\w.-]\/p{2}\\u\u{1f600}$/dgimsuy,
    new RegExp('a'.repeat(1_000)),
    new URL(`http://${'a'.repeat(990)}@b.c:81/é?ö#ü`),
    new URL('https://例え.jp'),
    new URL('file:///a/b'),
    new URL('data:text/plain,a b/é'),
    new URL('mailto:ada@localhost'),
    new URL(`custom+1://${'é'.repeat(2_000)}/a`),
    new URL('blob:https://localhost/9115d58c'),
  ])('%s is neither', (value) => {
    expect(throughWire(codec, [value])).toStrictEqual([value])
  })
})
