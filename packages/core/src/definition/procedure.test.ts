import * as v from 'valibot'
import { expect, test } from 'vitest'
import { isProcedure } from './procedure.js'
import { trunkline } from './trunkline.js'

const t = trunkline()

test('collects what was declared', () => {
  const input = v.object({ a: v.number() })
  const output = v.number()
  const tooBig = v.object({ max: v.number() })
  const handler = ({ input }: { input: { a: number } }): number => input.a
  const middleware = t.middleware(({ next }) => next())
  const procedure = t.procedure
    .input(input)
    .output(output)
    .errors({ TOO_BIG: tooBig, GONE: null })
    .use(middleware)
    .meta({ role: 'admin' })
    .query(handler)
  expect(isProcedure(procedure)).toBe(true)
  expect(procedure['~procedure']).toEqual({
    kind: 'query',
    input,
    output,
    errors: new Map([
      ['TOO_BIG', tooBig],
      ['GONE', null],
    ]),
    middleware: [middleware],
    meta: { role: 'admin' },
    idempotent: undefined,
    handler,
  })
})

test('every step gives a new builder, so a base can be shared', () => {
  const base = t.procedure.meta({ from: 'base' })
  const one = base.errors({ ONE: null }).use(({ next }) => next())
  const other = base.errors({ OTHER: null }).meta({ from: 'other' })
  expect([...base.query()['~procedure'].errors.keys()]).toEqual([])
  expect([...one.query()['~procedure'].errors.keys()]).toEqual(['ONE'])
  expect([...other.query()['~procedure'].errors.keys()]).toEqual(['OTHER'])
  expect(one.query()['~procedure'].meta).toEqual({ from: 'base' })
  expect(other.query()['~procedure'].meta).toEqual({ from: 'other' })
  expect(other.query()['~procedure'].middleware).toEqual([])
})

test('middleware stands in the order in which it was used', () => {
  const first = t.middleware(({ next }) => next())
  const second = t.middleware(({ next }) => next())
  expect(t.procedure.use(first).use(second).query()['~procedure'].middleware).toEqual([first, second])
})

test('without a handler it is a contract', () => {
  expect(t.procedure.mutation()['~procedure']).toMatchObject({ kind: 'mutation', handler: undefined })
})

test('only a mutation can be idempotent', () => {
  expect(t.procedure.idempotent().mutation(() => 1)['~procedure'].idempotent).toEqual({})
  expect(t.procedure.idempotent({ onLost: 'rerun' }).mutation()['~procedure'].idempotent).toEqual({ onLost: 'rerun' })
  expect(() => t.procedure.idempotent().query(() => 1)).toThrow('.idempotent() is for mutations; a query has no effect')
  expect(() => t.procedure.idempotent().subscription()).toThrow(TypeError)
})

test('says what is wrong with what is passed for a schema', () => {
  // JavaScript callers have no types to tell them.
  expect(() => t.procedure.input({} as never)).toThrow('.input() takes a Standard Schema such as v.object({ … })')
  expect(() => t.procedure.output(undefined as never)).toThrow('.output() takes a Standard Schema')
  expect(() => t.procedure.errors({ X: 'text' as never })).toThrow('.errors.X() takes a Standard Schema')
  expect(() => t.procedure.input(v.string()).input(v.string())).toThrow('.input() was called twice')
})

test('an error code has 1 to 128 characters (P10.2)', () => {
  const code = 'C'.repeat(128)
  const { errors } = t.procedure.errors({ [code]: null }).query()['~procedure']
  expect([...errors.keys()]).toEqual([code])
  for (const wrong of ['', `${code}C`]) {
    expect(() => t.procedure.errors({ [wrong]: null })).toThrow('.errors(): a code has 1 to 128 characters')
  }
})

test('says what is wrong with what is passed for a function', () => {
  // Such as what a module in a circle of imports has not made yet.
  expect(() => t.procedure.use(undefined as never)).toThrow('.use() takes a function, but got undefined')
  expect(() => t.procedure.query(null as never)).toThrow('.query() takes a function, but got object')
})

test('other values are no procedures', () => {
  for (const other of [null, undefined, 'text', {}, () => {}, t.procedure]) expect(isProcedure(other)).toBe(false)
})
