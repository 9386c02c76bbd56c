import { expect, test } from 'vitest'
import { PayloadError } from './payload-error.js'
import { ABSENT, checkPayload, RICH, refuse, scanPayload } from './scan-payload.js'

const rich = (): number => RICH
const scan = (value: unknown): number => scanPayload(value, 64, rich)

function nest(levels: number): unknown {
  let value: unknown = 'core'
  for (let level = 0; level < levels; level++) value = level % 2 === 0 ? [value] : { value }
  return value
}

test('says 0 for plain JSON', () => {
  const bare: unknown = Object.assign(Object.create(null), { a: 1 })
  expect(scan({ text: 'a', yes: true, no: null, list: [1, 0, -1.5, 1e300, { deep: [] }], bare })).toBe(0)
  for (const value of ['', false, null, 0, [], {}]) expect(scan(value)).toBe(0)
})

test('asks about everything that JSON does not say', () => {
  const others = [undefined, 1n, Number.NaN, Infinity, -Infinity, -0, Symbol('s'), () => 1, new Date(), new Map()]
  for (const other of others) {
    expect(scan(other)).toBe(RICH)
    expect(scan([1, other])).toBe(RICH)
    if (other !== undefined) expect(scan({ a: 'b', other })).toBe(RICH)
  }
})

test('tells a member that is undefined from other riches, for JSON leaves it out', () => {
  expect(scan({ a: [{ b: undefined }] })).toBe(ABSENT)
  // biome-ignore lint/suspicious/noSparseArray: a hole is what this is about
  expect(scan([1, , 2])).toBe(RICH)
})

test('names the path to what is refused, through arrays and objects', () => {
  const value = { user: { tags: ['a', { when: new Date() }] } }
  const attempt = (): number => scanPayload(value, 64, (found) => refuse('JSON', found))
  expect(attempt).toThrow(PayloadError)
  expect(attempt).toThrow('user.tags.1.when: expected JSON, got Date')
})

test.each(['__proto__', 'constructor', 'prototype'])('refuses the key %s, wherever it stands', (key) => {
  const object: unknown = JSON.parse(`{"${key}":1}`)
  expect(() => checkPayload(object)).toThrow(`${key}: expected no reserved key`)
  expect(() => checkPayload({ a: [object] })).toThrow(`a.0.${key}: expected no reserved key`)
})

test('takes keys that only look like reserved ones', () => {
  expect(scan({ __proto_: 1, constructors: 1, Prototype: 1, toString: 1, prototype_: 1, hasOwnProperty: 1 })).toBe(0)
})

test('takes 64 levels and refuses 65', () => {
  expect(scan(nest(64))).toBe(0)
  expect(() => scan(nest(65))).toThrow('expected no cycle and at most 64 levels')
})

test('counts levels by the limit that it is given', () => {
  expect(() => checkPayload(nest(3), 3)).not.toThrow()
  expect(() => checkPayload(nest(4), 3)).toThrow('at most 3 levels')
})

test('takes JSON that is 100,000 levels deep without a stack overflow', () => {
  const deep: unknown = JSON.parse(`${'['.repeat(100_000)}${']'.repeat(100_000)}`)
  expect(() => checkPayload(deep)).toThrow(PayloadError)
})

test('refuses a cycle', () => {
  const node: Record<string, unknown> = { name: 'a' }
  node['next'] = { back: node }
  expect(() => scan(node)).toThrow('next.back.next.back')
  expect(() => scan(node)).toThrow('no cycle')
})

test('cuts a path that keys make long', () => {
  const key = 'k'.repeat(10_000)
  expect(() => scanPayload({ [key]: { a: 1n } }, 64, (found) => refuse('JSON', found))).toThrow(/^k{199}…: expected/)
})

test('goes on by its own rules after a scan inside a scan', () => {
  const seen: string[] = []
  scanPayload([1n, 2n], 64, (found) => {
    seen.push(typeof found)
    expect(() => scanPayload([[[1]]], 2, () => 0)).toThrow('at most 2')
    return RICH
  })
  expect(seen).toEqual(['bigint', 'bigint'])
})
