/**
 * What the chat can do: two topics and a handful of procedures.
 *
 * The page and the terminal import its types only; the handlers below run in the server.
 */
import { trunkline } from '@trunkline/core'
import * as v from 'valibot'
import { Attendance } from './attendance.js'
import type { Pace } from './pace.js'

export interface Context {
  /** Who calls: the name that this person signed in with. */
  readonly name: string
  readonly pace: Pace
}

const t = trunkline<Context>()

const RoomName = v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(32))
const InRoom = v.object({ room: RoomName })
const Text = v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(2_000))

const Message = v.object({
  id: v.string(),
  from: v.string(),
  text: v.string(),
  at: v.date(),
  /** The id of the message that this one answers. */
  replyTo: v.nullable(v.string()),
})
export type Message = v.InferOutput<typeof Message>

/** Everything that happened in a room, in order; kept for an hour, so that whoever enters sees what was said. */
const room = t.topic({
  params: InRoom,
  event: v.variant('type', [
    v.object({ type: v.literal('joined'), name: v.string(), at: v.date() }),
    v.object({ type: v.literal('left'), name: v.string(), at: v.date() }),
    v.object({ type: v.literal('message'), message: Message }),
    v.object({ type: v.literal('read'), by: v.string(), messageId: v.string() }),
  ]),
  delivery: 'log',
  retain: { events: 1_000, ageMs: 60 * 60_000 },
})

/** Who is writing: worth nothing a second later, so nothing of it is kept. */
const typing = t.topic({
  params: InRoom,
  event: v.object({ name: v.string() }),
  delivery: 'ephemeral',
})

const attendance = new Attendance()

export const router = t.router({
  room,
  typing,
  rooms: {
    /**
     * Being in a room lasts as long as this subscription, which gives the names of who is there. When its client
     * leaves, or vanishes and does not come back, the generator is ended and `finally` tells the others.
     */
    attend: t.procedure.input(InRoom).subscription(async function* ({ input, ctx: { name }, signal, publish }) {
      if (attendance.enter(input.room, name)) await publish(room, input, { type: 'joined', name, at: new Date() })
      try {
        yield* attendance.watch(input.room, signal)
      } finally {
        if (attendance.leave(input.room, name)) await publish(room, input, { type: 'left', name, at: new Date() })
      }
    }),
    members: t.procedure.input(InRoom).query(({ input }) => attendance.names(input.room)),
  },
  messages: {
    /** May be sent again after a broken connection: it is said once all the same. */
    send: t.procedure
      .input(v.object({ room: RoomName, text: Text, replyTo: v.nullish(v.string(), null) }))
      .errors({ TOO_FAST: v.object({ retryInMs: v.number() }) })
      .idempotent()
      .mutation(async ({ input, ctx, errors, publish }) => {
        const retryInMs = ctx.pace.take()
        if (retryInMs > 0) throw errors.TOO_FAST({ retryInMs })
        const { room: name, ...said } = input
        const message: Message = { id: crypto.randomUUID(), from: ctx.name, at: new Date(), ...said }
        await publish(room, { room: name }, { type: 'message', message })
        return message
      }),
    seen: t.procedure
      .input(v.object({ room: RoomName, messageId: v.string() }))
      .mutation(async ({ input, ctx, publish }) => {
        await publish(room, { room: input.room }, { type: 'read', by: ctx.name, messageId: input.messageId })
      }),
    typing: t.procedure.input(InRoom).mutation(async ({ input, ctx, publish }) => {
      await publish(typing, input, { name: ctx.name })
    }),
  },
})
export type AppRouter = typeof router
