/**
 * What the chat can do. The page imports its type only; the handlers run in the custom server.
 */
import { trunkline } from '@trunkline/core'
import * as v from 'valibot'
import { MAX_TEXT_LENGTH, Message, RoomEvent, RoomName, RoomSummary } from './room-state'
import type { Store } from './store'

export interface Context {
  /** Who calls: the name in the cookie. */
  readonly name: string
  readonly store: Store
}

const t = trunkline<Context>()

/** A room: its state, and everything that is said and seen there. Its presence is who is there, and who is writing. */
const room = t.topic({
  params: v.object({ room: RoomName }),
  event: RoomEvent,
  delivery: 'log',
  presence: v.object({ typing: v.boolean() }),
  snapshot: ({ ctx, params }) => ctx.store.room(params.room),
})

/** The list of rooms: of each the last thing that was said. */
export const rooms = t.topic({
  event: RoomSummary,
  delivery: 'latest',
  key: ({ name }) => name,
})

export const router = t.router({
  room,
  rooms,
  messages: {
    /**
     * Is sent again by itself after a lost connection, and even after a restart of the server, which has forgotten what
     * ran: the id that the page made says whether this was said already.
     */
    send: t.procedure
      .input(
        v.object({
          room: RoomName,
          id: Message.entries.id,
          text: v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(MAX_TEXT_LENGTH)),
        }),
      )
      .errors({ TAKEN: null })
      .idempotent({ onLost: 'rerun' })
      .mutation(async ({ input, ctx, errors, publish }) => {
        const { room: name, id, text } = input
        const said = ctx.store.room(name).messages.find((each) => each.id === id)
        if (said !== undefined && said.from !== ctx.name) throw errors.TAKEN()
        const message: Message = said ?? { id, from: ctx.name, text, at: new Date() }
        // Kept first and told then: a snapshot holds whatever was told before it.
        await ctx.store.add(name, { type: 'message', message })
        await publish(room, { room: name }, { type: 'message', message })
        await publish(rooms, {}, { name, last: message })
      }),
    /** Tells that everything up to a message was seen. */
    seen: t.procedure
      .input(v.object({ room: RoomName, messageId: Message.entries.id }))
      .idempotent({ onLost: 'rerun' })
      .mutation(async ({ input, ctx, publish }) => {
        const event: RoomEvent = { type: 'read', by: ctx.name, messageId: input.messageId }
        await ctx.store.add(input.room, event)
        await publish(room, { room: input.room }, event)
      }),
  },
})
export type AppRouter = typeof router
