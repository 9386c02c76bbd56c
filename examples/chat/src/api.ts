/**
 * What the chat can do: a topic and two procedures.
 *
 * The page and the terminal import its types only; the handlers below run in the server.
 */
import { trunkline } from '@trunkline/core'
import * as v from 'valibot'
import type { Pace } from './pace.js'

export interface Context {
  /** Who calls: the name that this person signed in with. */
  readonly name: string
  readonly pace: Pace
}

const t = trunkline<Context>()

const RoomName = v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(32))
const Text = v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(2_000))

const MessageId = v.pipe(v.string(), v.uuid())
const Message = v.object({
  id: MessageId,
  from: v.string(),
  text: v.string(),
  at: v.date(),
  /** The id of the message that this one answers. */
  replyTo: v.nullable(MessageId),
})
export type Message = v.InferOutput<typeof Message>

/**
 * Everything that was said and seen in a room, in order; kept for an hour, so that whoever enters sees it. Its presence
 * is who is there and who is writing.
 */
const room = t.topic({
  params: v.object({ room: RoomName }),
  event: v.variant('type', [
    v.object({ type: v.literal('message'), message: Message }),
    v.object({ type: v.literal('read'), by: v.string(), messageId: MessageId }),
  ]),
  delivery: 'log',
  retain: { events: 1_000, ageMs: 60 * 60_000 },
  presence: v.object({ typing: v.boolean() }),
})

export const router = t.router({
  room,
  messages: {
    /** May be sent again after a broken connection: it is said once all the same. */
    send: t.procedure
      .input(v.object({ room: RoomName, text: Text, replyTo: v.nullish(MessageId, null) }))
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
      .input(v.object({ room: RoomName, messageId: MessageId }))
      .mutation(async ({ input, ctx, publish }) => {
        await publish(room, { room: input.room }, { type: 'read', by: ctx.name, messageId: input.messageId })
      }),
  },
})
export type AppRouter = typeof router
