import { trunkline } from '@trunkline/core'
import { expectTypeOf, test } from 'vitest'
import { createServer } from './create-server.js'

interface Context {
  name: string
}
const t = trunkline<Context>()
const router = t.router({ hello: t.procedure.query(({ ctx }) => ctx.name) })

test('what authenticate returns reaches context, also when it uses its argument', () => {
  createServer({
    router,
    authenticate: async ({ token }) => ({ identity: token ?? '', name: 'Ada' }),
    context: ({ identity, auth }) => {
      expectTypeOf(identity).toEqualTypeOf<string>()
      expectTypeOf(auth.name).toEqualTypeOf<string>()
      return { name: auth.name }
    },
  })
})

test('a router with a context demands one; a router without does not', () => {
  // @ts-expect-error `context` is missing
  createServer({ router })
  createServer({ router: trunkline().router({ ping: trunkline().procedure.query(() => 'pong') }) })
  createServer({
    router,
    // @ts-expect-error it has no name
    context: () => ({}),
  })
})
