/**
 * From a `sub` frame to a subscription of the hub, and back out by `unsub` (P6.1, P6.8).
 */
import type { SubFrame } from '@trunkline/core/protocol'
import type { Connection } from './connection.js'
import { openTopic } from './open-topic.js'
import type { Session } from './session.js'
import { snapshotOf } from './topic-snapshot.js'

/** Subscribes a connection to a topic, or answers why not. */
export function subscribeTopic(frame: SubFrame, connection: Connection, session: Session): void {
  openTopic(frame, connection, session, (slot, access) => {
    const takeSnapshot = snapshotOf(access, session)
    if (takeSnapshot !== undefined) {
      slot.takeSnapshot = (position, signal) => slot.run(() => takeSnapshot(position, signal))
    }
    session.services.hub.subscribe(connection, { key: access.key, definition: access.topic.definition }, slot)
  })
}

/** Ends a subscription or a watch; nothing is answered. */
export function unsubscribeTopic(id: number, connection: Connection): void {
  const slot = connection.topics.get(id)
  if (slot === undefined) return
  connection.topics.delete(id)
  slot.giveUp()
  if (!slot.isOpen) return
  // Which of the two it is, they know.
  connection.services.hub.unsubscribe(connection, id)
  connection.services.presence.unwatch(connection, id)
}
