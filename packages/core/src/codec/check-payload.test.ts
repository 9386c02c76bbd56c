import { testSeed } from '@trunkline/testkit'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { checkPayload } from './check-payload.js'
import { PayloadError } from './payload-error.js'
import { walkValue } from './walk.js'

const seed = testSeed(import.meta.url)

test('takes JSON of as many levels as it is told and refuses one more', () => {
  expect(() => checkPayload({ a: [1, null, { b: -0 }] }, 3)).not.toThrow()
  expect(() => checkPayload({ a: [1, null, { b: [] }] }, 3)).toThrow(
    'a.2.b: expected no cycle and at most 3 levels, got more',
  )
})

test('says where a reserved key stands', () => {
  expect(() => checkPayload(JSON.parse('{"a":[0,{"__proto__":1}]}'), 64)).toThrow(
    'a.1.__proto__: expected no reserved key, got one',
  )
})

test('takes JSON that is 100,000 levels deep without a stack overflow', () => {
  const deep: unknown = JSON.parse(`${'['.repeat(100_000)}${']'.repeat(100_000)}`)
  expect(() => checkPayload(deep, 64)).toThrow(PayloadError)
})

test('refuses what the walk over values refuses, and nothing else', () => {
  const key = fc.constantFrom('a', '', '0', '__proto__', 'constructor', 'prototype', 'Prototype')
  const json = fc.letrec<{ node: string }>((tie) => ({
    node: fc.oneof(
      { maxDepth: 6 },
      fc.constantFrom('null', '-0', '1', 'true', '"__proto__"'),
      fc.array(tie('node'), { maxLength: 3 }).map((items) => `[${items.join()}]`),
      fc
        .array(fc.tuple(key, tie('node')), { maxLength: 3 })
        .map((members) => `{${members.map(([name, member]) => `"${name}":${member}`).join()}}`),
    ),
  })).node
  const seen = { taken: 0, refused: 0 }
  const outcome = (check: () => unknown): string => {
    try {
      check()
      return 'taken'
    } catch (error) {
      return String(error)
    }
  }
  fc.assert(
    fc.property(json, fc.integer({ min: 1, max: 5 }), (text, depth) => {
      const data: unknown = JSON.parse(text)
      const checked = outcome(() => checkPayload(data, depth))
      expect(checked).toBe(outcome(() => walkValue(data, depth, (value) => value)))
      seen[checked === 'taken' ? 'taken' : 'refused']++
    }),
    { seed, numRuns: 1_000 },
  )
  expect(Math.min(seen.taken, seen.refused)).toBeGreaterThan(100)
})
