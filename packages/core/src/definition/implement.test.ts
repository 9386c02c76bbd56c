import * as v from 'valibot'
import { expect, test } from 'vitest'
import { trunkline } from './trunkline.js'

const c = trunkline()
const room = c.topic({ params: v.object({ room: v.string() }), event: v.string(), delivery: 'log' })
const contract = c.router({
  add: c.procedure
    .input(v.object({ a: v.number() }))
    .output(v.number())
    .query(),
  deep: { ping: c.procedure.output(v.string()).query() },
  nested: c.router({ send: c.procedure.output(v.string()).mutation() }),
  ready: c.procedure.query(() => 'ready'),
  room,
})
const t = trunkline<{ user: string }>()
const handlers = {
  add: ({ input }: { input: { a: number } }) => input.a,
  deep: { ping: () => 'pong' },
  nested: { send: () => 'sent' },
}
// Incomplete or wrong handlers do not compile (trunkline.test-d.ts); here is what JavaScript callers see.
const implementLoosely = (given: object): unknown => t.implement(contract, given as never)

test('joins each contract with its handler and leaves the rest of it as it was', () => {
  const routes = t.implement(contract, handlers)['~routes']
  expect(routes.add['~procedure']).toEqual({ ...contract['~routes'].add['~procedure'], handler: handlers.add })
  expect(routes.deep.ping['~procedure'].handler).toBe(handlers.deep.ping)
  expect(routes.ready).toBe(contract['~routes'].ready)
  expect(routes.room).toBe(room)
  expect(contract['~routes'].add['~procedure'].handler).toBeUndefined()
})

test('a nested router stays a router', () => {
  const { nested } = t.implement(contract, handlers)['~routes']
  expect(nested['~routes'].send['~procedure'].handler).toBe(handlers.nested.send)
})

test('a topic can be given what needs the server', () => {
  const authorize = (): boolean => false
  const routes = t.implement(contract, { ...handlers, room: { authorize } })['~routes']
  expect(routes.room['~topic']).toEqual({ ...room['~topic'], authorize })
  expect(room['~topic'].authorize).toBeUndefined()
})

test('a topic takes nothing else: a misspelt authorize would let everybody in', () => {
  const authorize = (): boolean => false
  for (const [given, message] of [
    [{ authorise: authorize }, 'room is a topic: it takes authorize and snapshot, not authorise.'],
    [authorize, 'room is a topic: it takes authorize and snapshot, not a function.'],
    [{ authorize: false }, 'room: authorize takes a function, but got boolean.'],
  ] as const) {
    expect(() => implementLoosely({ ...handlers, room: given })).toThrow(`implement: ${message}`)
  }
})

test('names every path without a handler and every handler without a contract, in one error', () => {
  expect(() => implementLoosely({ deep: { pong: () => 1 }, other: () => 1 })).toThrow(
    'implement: add has no handler; deep.ping has no handler; deep.pong has a handler but is not in the contract; ' +
      'nested.send has no handler; other has a handler but is not in the contract.',
  )
})

test('a handler is a function', () => {
  expect(() => implementLoosely({ ...handlers, add: 7 })).toThrow('implement: add has no handler.')
})

test('a procedure that has a handler takes no second one', () => {
  expect(() => implementLoosely({ ...handlers, ready: () => 1 })).toThrow('ready has a handler already')
})

test('a lazy router stays lazy, and is implemented where it is defined', () => {
  const lazy = c.lazy(async () => ({ ping: c.procedure.query(() => 'pong') }))
  const withLazy = c.router({ admin: lazy })
  expect(t.implement(withLazy, {} as never)['~routes'].admin).toBe(lazy)
  expect(() => t.implement(withLazy, { admin: { ping: () => 1 } } as never)).toThrow('admin is lazy: load it first')
})

test('says what in a contract is none, such as a module that was not ready in a circle of imports', () => {
  const broken = c.router({ ready: c.procedure.query(() => 1), late: undefined, deep: { count: 7 } })
  expect(() => t.implement(broken, {} as never)).toThrow(
    'implement: late is undefined and no contract; deep.count is number and no contract.',
  )
})
