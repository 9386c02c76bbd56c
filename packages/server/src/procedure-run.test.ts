import { trunkline } from '@trunkline/core'
import { expect, test } from 'vitest'
import { createCaller } from './caller.js'

class User {
  readonly name: string

  constructor(name: string) {
    this.name = name
  }

  greets(): string {
    return `I am ${this.name}`
  }
}
const t = trunkline<User>()

test('a context that is an instance keeps its methods when a middleware adds to it', async () => {
  const router = t.router({
    greet: t.procedure
      .use(({ next }) => next({ ctx: { loud: true } }))
      .query(({ ctx }) => `${ctx.greets()}${ctx.loud ? '!' : ''}`),
  })
  const context = new User('Ada')
  expect(await createCaller({ router, context }).greet.query()).toBe('I am Ada!')
  // It is everybody's who is on the connection.
  expect(context).not.toHaveProperty('loud')
})

test('a middleware that calls next() twice runs its handler once, and is told so', async () => {
  let runs = 0
  const router = t.router({
    count: t.procedure
      .use(async ({ next }) => {
        await next()
        return next()
      })
      .mutation(() => ++runs),
  })
  const called = createCaller({ router, context: new User('Ada') }).count.mutate()
  await expect(called).rejects.toMatchObject({
    code: 'INTERNAL',
    cause: { message: expect.stringContaining('called next() twice') },
  })
  expect(runs).toBe(1)
})

test('a middleware that does not return what next() gave is told so', async () => {
  const router = t.router({
    lost: t.procedure
      .use((async ({ next }: { next: () => Promise<unknown> }) => {
        await next()
      }) as never)
      .query(() => 1),
  })
  await expect(createCaller({ router, context: new User('Ada') }).lost.query()).rejects.toMatchObject({
    cause: { message: expect.stringContaining('must return what next() gave') },
  })
})
