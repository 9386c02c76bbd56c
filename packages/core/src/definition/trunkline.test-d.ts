import * as v from 'valibot'
import { expectTypeOf, test } from 'vitest'
import type {
  InferError,
  InferEvent,
  InferInput,
  InferOutput,
  InferRouter,
  InferSnapshot,
  Position,
  TrunklineError,
} from '../index.js'
import { tracked, trunkline } from '../index.js'

interface Context {
  user: { id: string; name: string }
}
const t = trunkline<Context>()

const room = t.topic({
  params: v.object({ room: v.string() }),
  event: v.object({ type: v.literal('read'), at: v.optional(v.date(), () => new Date()) }),
  delivery: 'log',
  presence: v.object({ name: v.string() }),
  authorize: ({ ctx, params, action }) => {
    expectTypeOf(ctx).toEqualTypeOf<Context>()
    expectTypeOf(params).toEqualTypeOf<{ room: string }>()
    expectTypeOf(action).toEqualTypeOf<'subscribe' | 'publish' | 'join'>()
    return true
  },
})

test('a query gives what its handler returns and takes what its schema accepts', () => {
  const query = t.procedure
    .input(v.object({ n: v.optional(v.number(), 1) }))
    .query(async ({ input, ctx }) => ({ double: input.n * 2, name: ctx.user.name }))
  expectTypeOf<InferInput<typeof query>>().toEqualTypeOf<{ n?: number | undefined }>()
  expectTypeOf<InferOutput<typeof query>>().toEqualTypeOf<{ double: number; name: string }>()
})

test('a declared output is what the caller sees, and the handler must return it', () => {
  const query = t.procedure.output(v.object({ n: v.number() })).query(() => ({ n: 1 }))
  expectTypeOf<InferOutput<typeof query>>().toEqualTypeOf<{ n: number }>()
  // @ts-expect-error the handler returns a string where a number was declared
  t.procedure.output(v.object({ n: v.number() })).query(() => ({ n: 'one' }))
})

test('declared errors are made by code and inferred by the caller', () => {
  const send = t.procedure.errors({ MUTED: v.object({ untilMs: v.number() }), BANNED: null }).mutation(({ errors }) => {
    if (Math.random() > 2) throw errors.MUTED({ untilMs: 1 })
    // @ts-expect-error its data is missing
    if (Math.random() > 2) throw errors.MUTED()
    // @ts-expect-error no such code
    if (Math.random() > 2) throw errors.OTHER()
    throw errors.BANNED()
  })
  expectTypeOf<Extract<InferError<typeof send>, { code: 'MUTED' }>>().toEqualTypeOf<
    TrunklineError<'MUTED', { untilMs: number }>
  >()
  // @ts-expect-error a built-in code cannot be declared
  t.procedure.errors({ TIMEOUT: null })
  // @ts-expect-error nothing was declared, so there is no `errors`
  t.procedure.query(({ errors }) => errors)
})

test('middleware extends the context', () => {
  const admin = t.middleware(({ next }) => next({ ctx: { admin: true as const } }))
  t.procedure
    .use(admin)
    .use(async ({ ctx, next }) => {
      expectTypeOf(ctx.admin).toEqualTypeOf<true>()
      return next({ ctx: { level: 3 } })
    })
    .query(({ ctx }) => {
      expectTypeOf(ctx.level).toEqualTypeOf<number>()
      expectTypeOf(ctx.user.id).toEqualTypeOf<string>()
      // @ts-expect-error nobody added it
      return ctx.other
    })
})

test('a middleware that passes nothing on leaves the context as it is; one that passes a member replaces it', () => {
  t.procedure
    .use(({ next }) => next())
    .query(({ ctx }) => {
      expectTypeOf(ctx).toEqualTypeOf<Context>()
    })
  const guests = trunkline<{ user: { id: string } | undefined; locale: string }>()
  const signedIn = guests.procedure.input(v.string()).use(({ ctx, next }) => {
    if (ctx.user === undefined) throw new Error('who?')
    return next({ ctx: { user: ctx.user } })
  })
  signedIn.query(({ ctx }) => expectTypeOf(ctx.user).toEqualTypeOf<{ id: string }>())
  // Its id was a string, and intersected it would be never.
  const numbered = signedIn.use(({ ctx, next }) => next({ ctx: { user: { id: ctx.user.id.length } } }))
  numbered.errors({ GONE: null }).query(({ ctx, input, errors }) => {
    expectTypeOf(ctx.user.id).toEqualTypeOf<number>()
    expectTypeOf(ctx.locale).toEqualTypeOf<string>()
    expectTypeOf(input).toEqualTypeOf<string>()
    expectTypeOf(errors).toHaveProperty('GONE')
  })
  const byName = guests.middleware(({ ctx, next }) => next({ ctx: { name: ctx.user?.id } }))
  // @ts-expect-error the user of this middleware has a string for its id
  numbered.use(byName)
})

test('a subscription gives items, also tracked ones', () => {
  const plain = t.procedure.subscription(async function* ({ signal }) {
    expectTypeOf(signal).toEqualTypeOf<AbortSignal>()
    yield 1
  })
  expectTypeOf<InferOutput<typeof plain>>().toEqualTypeOf<number>()
  const withIds = t.procedure.subscription(async function* () {
    yield tracked('1', { price: 1 })
  })
  expectTypeOf<InferOutput<typeof withIds>>().toEqualTypeOf<{ price: number }>()
  t.procedure
    .output(v.object({ price: v.number() }))
    // @ts-expect-error an item does not match the declared output
    .subscription(async function* () {
      yield { price: 'high' }
    })
  // @ts-expect-error nor does what is tracked
  t.procedure.output(v.number()).subscription(async function* () {
    yield tracked('1', 'one')
  })
  // Literals are those of the declared output; some items may be tracked.
  t.procedure.output(v.object({ type: v.picklist(['up', 'down']) })).subscription(async function* () {
    yield { type: 'up' }
    yield tracked('1', { type: 'down' })
  })
})

test('a topic says its event, and publish checks params and event', () => {
  expectTypeOf<InferEvent<typeof room>>().toEqualTypeOf<{ type: 'read'; at: Date }>()
  t.procedure.mutation(async ({ publish }) => {
    await publish(room, { room: 'a' }, { type: 'read' })
    // @ts-expect-error no such event
    await publish(room, { room: 'a' }, { type: 'wrote' })
    // @ts-expect-error no such param
    await publish(room, { name: 'a' }, { type: 'read' })
  })
  // @ts-expect-error the delivery class is a decision and has no default
  t.topic({ event: v.string() })
})

test('an option of a topic that its delivery excludes is refused before it is run', () => {
  const event = v.string()
  t.topic({ event, delivery: 'latest', key: (value) => value.toUpperCase(), throttle: { perSecond: 1 } })
  t.topic({ event, delivery: 'ephemeral', throttle: { perSecond: 1 }, retain: undefined })
  t.topic({ event, delivery: 'latest', removes: (value) => value.toUpperCase() === '' })
  // @ts-expect-error a log lets nothing be taken out
  t.topic({ event, delivery: 'log', removes: (value) => value === '' })
  // @ts-expect-error a log has no key
  t.topic({ event, delivery: 'log', key: (value) => value })
  // @ts-expect-error a log drops nothing
  t.topic({ event, delivery: 'log', throttle: { perSecond: 1 } })
  // @ts-expect-error a table is no history
  t.topic({ event, delivery: 'latest', retain: { events: 1 } })
  // @ts-expect-error a table is its own state
  t.topic({ event, delivery: 'latest', snapshot: () => 1 })
  // @ts-expect-error nothing is kept
  t.topic({ event, delivery: 'ephemeral', key: (value) => value })
  // Where the delivery is known at run time only, it is said then.
  const delivery: string = 'log'
  t.topic({ event, delivery: delivery as 'log' | 'latest' | 'ephemeral', retain: { events: 1 } })
})

test('the state of a snapshot is what it gives, exact or not', () => {
  const options = { params: v.object({ room: v.string() }), event: v.string(), delivery: 'log' } as const
  const plain = t.topic({
    ...options,
    snapshot: async ({ ctx, params, position, signal }) => {
      expectTypeOf(ctx).toEqualTypeOf<Context>()
      expectTypeOf(params).toEqualTypeOf<{ room: string }>()
      expectTypeOf(position).toEqualTypeOf<Position>()
      expectTypeOf(signal).toEqualTypeOf<AbortSignal>()
      return ['hi']
    },
  })
  expectTypeOf<InferSnapshot<typeof plain>>().toEqualTypeOf<string[]>()
  const exact = t.topic({ ...options, snapshot: ({ position }) => ({ state: { count: 1 }, at: position }) })
  expectTypeOf<InferSnapshot<typeof exact>>().toEqualTypeOf<{ count: number }>()
  // @ts-expect-error room has none
  expectTypeOf<InferSnapshot<typeof room>>()
})

test('a router keeps its routes by name; `then` is reserved', () => {
  const router = t.router({ room, nested: { ping: t.procedure.query(() => 'pong' as const) } })
  interface AppRouter extends InferRouter<typeof router> {}
  expectTypeOf<InferOutput<AppRouter['nested']['ping']>>().toEqualTypeOf<'pong'>()
  // @ts-expect-error awaiting the client would call it
  t.router({ then: t.procedure.query(() => 1) })
})

test('implement demands a handler for each contract', () => {
  const contract = trunkline().router({
    add: trunkline()
      .procedure.input(v.object({ a: v.number() }))
      .output(v.number())
      .errors({ TOO_BIG: null })
      .query(),
    deep: { ticks: trunkline().procedure.output(v.number()).subscription() },
  })
  t.implement(contract, {
    add: ({ input, ctx, errors }) => {
      expectTypeOf(ctx).toEqualTypeOf<Context>()
      if (input.a > 9) throw errors.TOO_BIG()
      return input.a
    },
    deep: {
      ticks: async function* () {
        yield 1
      },
    },
  })
  // @ts-expect-error deep.ticks is missing
  t.implement(contract, { add: () => 1, deep: {} })
  t.implement(contract, {
    // @ts-expect-error it must return a number
    add: () => 'one',
    deep: {
      async *ticks() {
        yield 1
      },
    },
  })
})

test('implement asks for what has no handler, and lets a topic be given what needs the server', () => {
  const c = trunkline()
  const contract = c.router({
    add: c.procedure.output(v.number()).query(),
    ready: c.procedure.query(() => 'ready'),
    admin: c.lazy(async () => ({ ping: c.procedure.query(() => 'pong') })),
    room: c.topic({ params: v.object({ room: v.string() }), event: v.string(), delivery: 'log' }),
  })
  t.implement(contract, { add: () => 1 })
  t.implement(contract, {
    add: () => 1,
    room: {
      authorize: ({ ctx, params, action }) => {
        expectTypeOf(ctx).toEqualTypeOf<Context>()
        expectTypeOf(params).toEqualTypeOf<{ room: string }>()
        expectTypeOf(action).toEqualTypeOf<'subscribe' | 'publish' | 'join'>()
        return true
      },
    },
  })
  // @ts-expect-error add is missing
  t.implement(contract, {})
  // @ts-expect-error ready has its handler
  t.implement(contract, { add: () => 1, ready: () => 'again' })
  // @ts-expect-error admin is lazy
  t.implement(contract, { add: () => 1, admin: { ping: () => 'again' } })
  // @ts-expect-error a topic has no such member
  t.implement(contract, { add: () => 1, room: { allow: () => true } })
  // @ts-expect-error a decision is a boolean
  t.implement(contract, { add: () => 1, room: { authorize: () => 'yes' } })
})
