import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import type { Issue } from '../error/trunkline-error.js'
import { isSchema, type Schema, type SchemaResult, validate } from './schema.js'

/** A schema of no library, which answers with `result`. */
function schemaOf(result: SchemaResult | Promise<SchemaResult>): Schema {
  return { '~standard': { validate: () => result } }
}

test('gives the parsed value', () => {
  const schema = v.object({ n: v.optional(v.number(), 1) })
  expect(validate(schema, {}, 'input of a')).toEqual({ n: 1 })
})

test('says what is wrong, where, and how much more', () => {
  const schema = v.object({ rooms: v.array(v.object({ name: v.string() })), size: v.number() })
  const run = (): unknown => validate(schema, { rooms: [{ name: 'a' }, { name: 7 }] }, 'input of rooms.set')
  expect(run).toThrow(/^input of rooms\.set at rooms\.1\.name: .+ \(and 1 more\)$/)
  expect(run).toThrow(
    expect.objectContaining({
      code: 'INVALID_INPUT',
      fate: 'rejected',
      issues: [
        { message: expect.any(String), path: ['rooms', 1, 'name'] },
        { message: expect.any(String), path: ['size'] },
      ],
    }),
  )
})

test('an issue of the whole value has no place', () => {
  expect(() => validate(v.string(), 7, 'input of a')).toThrow(/^input of a: /)
  expect(() => validate(schemaOf({ issues: [{ message: 'no' }] }), 7, 'input of a')).toThrow('input of a: no')
})

test('a path may hold keys as objects and symbols, as Standard Schema allows', () => {
  const schema = schemaOf({ issues: [{ message: 'no', path: [{ key: 'a' }, 0, Symbol('b')] }] })
  expect(() => validate(schema, 7, 'x')).toThrow(
    expect.objectContaining({ issues: [{ message: 'no', path: ['a', 0, 'Symbol(b)'] }] }),
  )
})

describe('an answer is not many times what was asked', () => {
  function issuesOf(schema: Schema, value: unknown): { message: string; issues: readonly Issue[] } {
    try {
      validate(schema, value, 'x')
    } catch (error) {
      return error as { message: string; issues: readonly Issue[] }
    }
    throw new Error('was taken')
  }

  test('at most 100 issues are told, and how many there are', () => {
    const { message, issues } = issuesOf(v.array(v.number()), Array(5_000).fill(''))
    expect(issues).toHaveLength(100)
    expect(issues[99]).toMatchObject({ path: [99] })
    expect(message).toMatch(/ \(and 4999 more\)$/)
  })

  test('a long key is cut, and fewer issues are told where each names it', () => {
    const schema = v.record(v.string(), v.array(v.number()))
    const { issues } = issuesOf(schema, { ['k'.repeat(200_000)]: Array(100).fill('') })
    expect(issues[0]?.path).toEqual([`${'k'.repeat(999)}…`, 0])
    expect(issues.length).toBeLessThan(17)
  })

  test('a message that quotes a long text is cut', () => {
    const { message, issues } = issuesOf(v.number(), 'x'.repeat(200_000))
    expect(issues[0]?.message).toHaveLength(1_000)
    expect(message).toHaveLength(1_003)
  })
})

test('waits for an asynchronous schema', async () => {
  const schema = v.pipeAsync(
    v.string(),
    v.checkAsync(async (text) => text !== 'taken', 'is taken'),
  )
  await expect(validate(schema, 'free', 'x')).resolves.toBe('free')
  await expect(validate(schema, 'taken', 'x')).rejects.toMatchObject({ code: 'INVALID_INPUT', message: 'x: is taken' })
})

test('waits for a promise that is not this realm’s: taken for a result it would let everything through', async () => {
  const thenable = {
    then: (resolve: (result: SchemaResult) => void) => resolve({ issues: [{ message: 'no' }] }),
  }
  // A thenable is all that `await` asks for.
  await expect(validate(schemaOf(thenable as Promise<SchemaResult>), 7, 'x')).rejects.toThrow('x: no')
})

test('knows a Standard Schema by its shape, functions too', () => {
  expect(isSchema(v.string())).toBe(true)
  expect(isSchema(Object.assign(() => {}, schemaOf({ value: 1 })))).toBe(true)
  for (const other of [null, undefined, 'text', {}, { '~standard': null }, { '~standard': {} }]) {
    expect(isSchema(other)).toBe(false)
  }
})
