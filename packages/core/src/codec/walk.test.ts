import { expect, test } from 'vitest'
import { PayloadError } from './payload-error.js'
import { MAX_DEPTH, refuse, walkValue } from './walk.js'

const MARK = 'converted'
/** What was converted is marked; plain JSON comes back as the same object. */
const mark = (value: unknown): unknown => walkValue(value, MAX_DEPTH, () => MARK)

function nest(levels: number): unknown {
  let value: unknown = 'core'
  for (let level = 0; level < levels; level++) value = level % 2 === 0 ? [value] : { value }
  return value
}

test('hands plain JSON on as it is', () => {
  const bare: unknown = Object.assign(Object.create(null), { a: 1 })
  const value = { text: 'a', yes: true, no: null, list: [1, 0, -1.5, 1e300, { deep: [] }], bare }
  for (const plain of [value, '', false, null, 0, [], {}]) expect(mark(plain)).toBe(plain)
})

test('asks about everything that JSON does not say', () => {
  const others = [undefined, 1n, Number.NaN, Infinity, -Infinity, -0, Symbol('s'), () => 1, new Date(), new Map()]
  for (const other of others) {
    expect(mark(other)).toBe(MARK)
    expect(mark([1, other])).toEqual([1, MARK])
    expect(mark({ a: 'b', other })).toEqual({ a: 'b', other: MARK })
  }
})

test('copies what holds something else, and nothing more', () => {
  const value = { plain: { a: [1] }, rich: [{ at: new Date(0) }, { n: 1 }] }
  const walked = mark(value) as typeof value
  expect(walked).toEqual({ plain: { a: [1] }, rich: [{ at: MARK }, { n: 1 }] })
  expect(walked.plain).toBe(value.plain)
  expect(walked.rich[1]).toBe(value.rich[1])
  expect(value.rich[0]).toEqual({ at: new Date(0) })
})

test('tells members from items, and holes are items', () => {
  const seen: [unknown, number, boolean][] = []
  // biome-ignore lint/suspicious/noSparseArray: a hole is what this is about
  walkValue([{ absent: undefined }, , 1], MAX_DEPTH, (...asked) => void seen.push(asked))
  expect(seen).toEqual([
    [undefined, 2, true],
    [undefined, 1, false],
  ])
})

test('names the path to what is refused, through arrays and objects', () => {
  const value = { user: { tags: ['a', { when: new Date() }] } }
  const attempt = (): unknown => walkValue(value, MAX_DEPTH, (found, level) => refuse(level, 'JSON', typeof found))
  expect(attempt).toThrow(PayloadError)
  expect(attempt).toThrow('user.tags.1.when: expected JSON, got object')
})

test.each(['__proto__', 'constructor', 'prototype'])('refuses the key %s, wherever it stands', (key) => {
  for (const member of ['1', '{}']) {
    const object: unknown = JSON.parse(`{"${key}":${member}}`)
    expect(() => mark(object)).toThrow(`${key}: expected no reserved key`)
    expect(() => mark({ a: [object] })).toThrow(`a.0.${key}: expected no reserved key`)
  }
})

test('takes keys that only look like reserved ones', () => {
  const value = { __proto_: 1, constructors: 1, Prototype: 1, toString: 1, prototype_: 1, hasOwnProperty: 1 }
  expect(mark(value)).toBe(value)
})

test('takes as many levels as it is told and not one more', () => {
  expect(() => mark(nest(64))).not.toThrow()
  expect(() => mark(nest(65))).toThrow('expected no cycle and at most 64 levels')
  expect(() => walkValue(nest(4), 3, () => MARK)).toThrow('at most 3 levels')
})

test('takes JSON that is 100,000 levels deep without a stack overflow', () => {
  const deep: unknown = JSON.parse(`${'['.repeat(100_000)}${']'.repeat(100_000)}`)
  expect(() => mark(deep)).toThrow(PayloadError)
})

test('refuses a cycle', () => {
  const node: Record<string, unknown> = { name: 'a' }
  node['next'] = { back: node }
  expect(() => mark(node)).toThrow('next.back.next.back')
  expect(() => mark(node)).toThrow('no cycle')
})

test('cuts a path that keys make long', () => {
  const key = 'k'.repeat(10_000)
  const attempt = (): unknown =>
    walkValue({ [key]: { a: 1n } }, MAX_DEPTH, (found, level) => refuse(level, 'JSON', typeof found))
  expect(attempt).toThrow(/^k{199}…: expected/)
})

test('goes on by its own rules after a walk inside a walk', () => {
  const seen: string[] = []
  const attempt = (): unknown =>
    walkValue([1n, { a: 2n, b: Number.NaN }], MAX_DEPTH, (found, level) => {
      seen.push(typeof found)
      expect(() => walkValue([[[1]]], 2, () => 0)).toThrow('0.0: expected no cycle and at most 2')
      return typeof found === 'bigint' ? MARK : refuse(level, 'data', typeof found)
    })
  expect(attempt).toThrow('1.b: expected data')
  expect(seen).toEqual(['bigint', 'bigint', 'number'])
})
