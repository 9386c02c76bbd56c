import { trunkline } from '@trunkline/core'
import * as v from 'valibot'
import { expect, test } from 'vitest'
import { createCaller } from './caller.js'

interface Context {
  name: string
}
const t = trunkline<Context>()
const router = t.router({
  greet: t.procedure
    .input(v.object({ hi: v.optional(v.string(), 'Hello') }))
    .query(({ input, ctx }) => `${input.hi}, ${ctx.name}`),
  fail: t.procedure.errors({ NO: v.object({ why: v.string() }) }).mutation(({ errors }) => {
    throw errors.NO({ why: 'because' })
  }),
  crash: t.procedure.query(() => {
    throw new Error('secret')
  }),
  count: t.procedure.output(v.number()).subscription(async function* () {
    yield 1
    yield 2
  }),
  wrong: t.procedure.output(v.number()).query((): never => 'seven' as never),
  wrongItem: t.procedure.output(v.number()).subscription(async function* () {
    yield 1
    yield 'seven' as never
  }),
  from: t.procedure.input(v.number()).subscription(async function* ({ input }) {
    yield input
  }),
})
const caller = createCaller({ router, context: { name: 'Ada' } })

test('runs a procedure in process, with its defaults and context', async () => {
  expect(await caller.greet.query({})).toBe('Hello, Ada')
})

test('checks the input as the wire does', async () => {
  // @ts-expect-error a number is no greeting
  await expect(caller.greet.query({ hi: 7 })).rejects.toMatchObject({ code: 'INVALID_INPUT', fate: 'rejected' })
})

test('rejects with declared errors, and with INTERNAL whose cause is the failure', async () => {
  await expect(caller.fail.mutate()).rejects.toMatchObject({ code: 'NO', data: { why: 'because' } })
  await expect(caller.crash.query()).rejects.toMatchObject({ code: 'INTERNAL', cause: { message: 'secret' } })
})

test('an output that its schema refuses is INTERNAL, as for a client, and what is wrong with it is the cause', async () => {
  const mistake = { code: 'INTERNAL', fate: 'executed', correlationId: expect.any(String) }
  await expect(caller.wrong.query()).rejects.toMatchObject({
    ...mistake,
    cause: { message: expect.stringContaining('output of wrong') },
  })
  const items = caller.wrongItem.subscribe()[Symbol.asyncIterator]()
  expect(await items.next()).toEqual({ done: false, value: 1 })
  await expect(items.next()).rejects.toMatchObject({
    ...mistake,
    cause: { message: expect.stringContaining('an item of wrongItem') },
  })
})

test('a verb that is not for the procedure is refused, as a frame of that kind is', async () => {
  const untyped = caller as unknown as {
    fail: { query: () => Promise<unknown> }
    greet: { subscribe: () => AsyncIterable<unknown> }
  }
  await expect(untyped.fail.query()).rejects.toMatchObject({ code: 'NOT_FOUND', fate: 'rejected' })
  const items = untyped.greet.subscribe()[Symbol.asyncIterator]()
  await expect(items.next()).rejects.toMatchObject({
    code: 'NOT_FOUND',
    message: '"greet" is a query: subscribe is not for it.',
  })
})

test('iterates a subscription', async () => {
  const items: number[] = []
  for await (const item of caller.count.subscribe()) items.push(item)
  expect(items).toEqual([1, 2])
})

test('P9.1: a subscription whose input is wrong was rejected, not executed', async () => {
  // @ts-expect-error text is no number
  const items = caller.from.subscribe('seven')[Symbol.asyncIterator]()
  await expect(items.next()).rejects.toMatchObject({ code: 'INVALID_INPUT', fate: 'rejected' })
})

test('a path without a verb says what to do', () => {
  const untyped = caller as unknown as { greet: () => unknown }
  expect(() => untyped.greet()).toThrow('.query(), .mutate(), .subscribe(), .snapshot() or .position()')
})
