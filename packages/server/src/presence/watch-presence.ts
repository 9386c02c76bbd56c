/**
 * From a `watch` frame to a room, if the client may see who is there (P6.13).
 *
 * Rule: seeing who is there takes the right to subscribe.
 */
import { TrunklineError } from '@trunkline/core'
import type { WatchFrame } from '@trunkline/core/protocol'
import type { Connection } from '../connection.js'
import { openTopic } from '../open-topic.js'
import type { Session } from '../session.js'
import type { PresenceRooms } from './presence-rooms.js'

/** Lets a connection watch, or says why not. It holds a slot like a topic subscription. */
export function watchPresence(rooms: PresenceRooms, frame: WatchFrame, connection: Connection, session: Session): void {
  openTopic(frame, connection, session, (slot, { topic, key }) => {
    if (topic.definition.presence === undefined) {
      throw new TrunklineError('NOT_FOUND', `The topic ${topic.path} declares no presence.`)
    }
    rooms.watch(connection, slot, key)
  })
}
