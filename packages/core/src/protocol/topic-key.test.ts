import { testSeed } from '@trunkline/testkit'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { MAX_TOPIC_KEY_BYTES } from './limits.js'
import { topicKey } from './topic-key.js'

const seed = testSeed(import.meta.url)

test('is the path and the params with their keys in order (P7.2)', () => {
  expect(topicKey('chat.room', { room: 'a', page: 2 })).toBe('chat.room?{"page":2,"room":"a"}')
  expect(topicKey('news', undefined)).toBe('news?{}')
})

test('orders keys at every level by their UTF-16 units, integers too', () => {
  expect(topicKey('t', { b: { z: 1, a: [{ d: 1, c: 2 }] }, a: 1, 10: 1, 9: 1 })).toBe(
    't?{"10":1,"9":1,"a":1,"b":{"a":[{"c":2,"d":1}],"z":1}}',
  )
  expect(topicKey('t', { '\u{1F600}': 1, '\uFFFD': 2 })).toBe('t?{"\u{1F600}":1,"\uFFFD":2}')
})

test('a member that is undefined is as if it were not there', () => {
  expect(topicKey('t', { a: undefined, b: 1 })).toBe(topicKey('t', { b: 1 }))
})

test.each<[string, unknown, string]>([
  ['a Date', { at: new Date(0) }, 'an instance of a class'],
  ['NaN', { n: Number.NaN }, 'NaN'],
  ['undefined in an array', { list: [undefined] }, 'undefined'],
  ['a bigint', { n: 1n }, 'bigint'],
  ['a function', { f: () => 1 }, 'function'],
  ['an instance of a class', { map: new Map() }, 'an instance of a class'],
])('refuses %s', (_name, params, named) => {
  expect(() => topicKey('t', params)).toThrow(expect.objectContaining({ code: 'INVALID_INPUT', fate: 'rejected' }))
  expect(() => topicKey('t', params)).toThrow(named)
})

test('refuses more than 8 levels, and with them a circle', () => {
  const levels = (count: number): unknown => (count === 0 ? 1 : { a: levels(count - 1) })
  expect(topicKey('t', levels(8))).toContain('1')
  expect(() => topicKey('t', levels(9))).toThrow('8 levels')
  const circle: Record<string, unknown> = {}
  circle['self'] = circle
  expect(() => topicKey('t', circle)).toThrow('8 levels')
})

test('holds at most 256 bytes of UTF-8, counted as they travel', () => {
  const room = (character: string, bytes: number): string => {
    const rest = MAX_TOPIC_KEY_BYTES - 't?{"r":""}'.length
    return character.repeat(Math.floor(rest / bytes))
  }
  for (const [character, bytes] of [
    ['a', 1],
    ['ä', 2],
    ['€', 3],
    ['😀', 4],
  ] as const) {
    expect(Buffer.byteLength(topicKey('t', { r: room(character, bytes) }))).toBeLessThanOrEqual(MAX_TOPIC_KEY_BYTES)
    expect(() => topicKey('t', { r: room(character, bytes) + character })).toThrow('at most 256')
  }
})

test('is the same for params that say the same, and another one for others', () => {
  const value = fc.oneof(fc.string({ maxLength: 8 }), fc.integer(), fc.boolean(), fc.constant(null))
  const params = fc.dictionary(fc.string({ maxLength: 5 }), value, { maxKeys: 5 })
  fc.assert(
    fc.property(params, params, (one, other) => {
      const shuffled = Object.fromEntries(Object.entries(one).reverse())
      expect(topicKey('t', shuffled)).toBe(topicKey('t', one))
      const isSame = sorted(one) === sorted(other)
      expect(topicKey('t', one) === topicKey('t', other)).toBe(isSame)
    }),
    { seed, numRuns: 1_000 },
  )
})

function sorted(params: Readonly<Record<string, unknown>>): string {
  return JSON.stringify(Object.entries(params).sort(([a], [b]) => (a < b ? -1 : 1)))
}
