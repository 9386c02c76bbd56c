/**
 * What a room looks like, and how an event changes it. The server keeps its rooms by this function, the page its own.
 *
 * Rule: an event twice is as good as once, since the state that a page begins with may already hold it.
 */
import * as v from 'valibot'

export const RoomName = v.pipe(v.string(), v.regex(/^[a-z0-9][a-z0-9-]{0,31}$/, 'A room is named like tea-kitchen.'))
export const PersonName = v.pipe(
  v.string(),
  v.trim(),
  v.minLength(1, 'Say who you are.'),
  v.maxLength(24, 'A name has at most 24 characters.'),
)

/** How long a message may be. */
export const MAX_TEXT_LENGTH = 2_000

export const Message = v.object({
  /** Made where it was written, so that one which is sent again is known again. */
  id: v.pipe(v.string(), v.minLength(1), v.maxLength(64)),
  from: v.string(),
  text: v.string(),
  at: v.date(),
})
export type Message = v.InferOutput<typeof Message>

export const RoomEvent = v.variant('type', [
  v.object({ type: v.literal('message'), message: Message }),
  v.object({ type: v.literal('read'), by: v.string(), messageId: v.string() }),
])
export type RoomEvent = v.InferOutput<typeof RoomEvent>

export const RoomSummary = v.object({ name: RoomName, last: v.nullable(Message) })
export type RoomSummary = v.InferOutput<typeof RoomSummary>

export interface RoomState {
  /** Oldest first; at most `KEPT_MESSAGES`. */
  readonly messages: readonly Message[]
  /** Name to the last message that this person has seen. No object: somebody may be called `constructor`. */
  readonly reads: ReadonlyMap<string, string>
}

export const EMPTY_ROOM: RoomState = { messages: [], reads: new Map() }

/** How many messages of a room are kept and shown. */
export const KEPT_MESSAGES = 300

/** Gives the room as it is after an event. */
export function reduceRoom(room: RoomState, event: RoomEvent): RoomState {
  switch (event.type) {
    case 'message': {
      const { message } = event
      if (room.messages.some(({ id }) => id === message.id)) return room
      return { ...room, messages: [...room.messages, message].slice(-KEPT_MESSAGES) }
    }
    case 'read': {
      const place = (id: string | undefined): number => room.messages.findIndex((each) => each.id === id)
      if (place(event.messageId) <= place(room.reads.get(event.by))) return room
      return { ...room, reads: new Map(room.reads).set(event.by, event.messageId) }
    }
  }
}
