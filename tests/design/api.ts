/** The shared definition of the design's first example. */
import { trunkline } from '@trunkline/core'
import * as v from 'valibot'
import { canAccess, db, isMuted, quotes } from './app.js'

export interface Context {
  user: { id: string; name: string }
}
const t = trunkline<Context>()

const Message = v.object({ id: v.string(), from: v.string(), text: v.string(), at: v.date() })

export const room = t.topic({
  params: v.object({ room: v.string() }),
  event: v.variant('type', [
    v.object({ type: v.literal('message'), message: Message }),
    v.object({ type: v.literal('read'), by: v.string(), messageId: v.string() }),
  ]),
  delivery: 'log',
  retain: { events: 1_000, ageMs: 60 * 60_000 },
  presence: v.object({ name: v.string(), typing: v.boolean() }),
  authorize: ({ ctx, params, action }) => canAccess(ctx.user, params.room, action),
})

export const router = t.router({
  room,
  messages: {
    list: t.procedure.input(v.object({ room: v.string() })).query(({ input }) => db.list(input.room)),
    send: t.procedure
      .input(v.object({ room: v.string(), text: v.pipe(v.string(), v.maxLength(2_000)) }))
      .errors({ MUTED: v.object({ untilMs: v.number() }) })
      .idempotent()
      .mutation(async ({ input, ctx, errors, publish }) => {
        if (isMuted(ctx.user)) throw errors.MUTED({ untilMs: 60_000 })
        const message = await db.add(ctx.user, input)
        await publish(room, { room: input.room }, { type: 'message', message })
        return message
      }),
  },
  ticks: t.procedure
    .input(v.object({ symbol: v.string() }))
    .output(v.object({ price: v.number(), at: v.date() }))
    .subscription(async function* ({ input, signal }) {
      yield* quotes(input.symbol, signal)
    }),
})
export type AppRouter = typeof router
