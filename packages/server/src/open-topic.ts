/**
 * From a `sub` or a `watch` to what it opens: its slot, its right, and what it is told when it ends (P6.1, P6.13).
 *
 * Not the judge (topic-access.ts), and not what is opened: a subscription (subscribe-topic.ts) or a watch
 * (presence/watch-presence.ts). Rule: whatever ends one with an error, its client is told once, and so is the observer.
 */
import { TrunklineError } from '@trunkline/core'
import { type SubFrame, type WatchFrame, writeClosed } from '@trunkline/core/protocol'
import type { Connection } from './connection.js'
import type { Session } from './session.js'
import { accessTopic, type TopicAccess, toTrunklineError } from './topic-access.js'
import { TopicSlot } from './topic-slot.js'

/** Opens what a frame asks for, or answers why not: the hub or a room is given the slot. What `open` throws is a refusal too. */
export function openTopic(
  frame: SubFrame | WatchFrame,
  connection: Connection,
  session: Session,
  open: (slot: TopicSlot, access: TopicAccess) => void,
): void {
  const { id, topic: path, params } = frame
  const { observer, limits } = session.services
  if (connection.topics.has(id)) return connection.refuseFrame(id, 'This id is subscribed already.')
  if (connection.topicSlots + session.subscriptions >= limits.maxSubscriptions) {
    const message = `${limits.maxSubscriptions} subscriptions are open already.`
    observer.callFailed(path, session.identity, 'LIMIT_EXCEEDED')
    return connection.send(writeClosed(id, new TrunklineError('LIMIT_EXCEEDED', message)))
  }
  const slot = new TopicSlot(connection, frame)
  slot
    .run(() => accessTopic(path, params, 'subscribe', session))
    .then((access) => {
      // Gone, or given up, while it was being authorized.
      if (connection.state !== 'open' || slot.isOver) return
      slot.isOpen = true
      slot.grant = access.grant
      open(slot, access)
    })
    .catch((error: unknown) => {
      if (slot.isOver) return
      const refusal = toTrunklineError(error, path, session)
      slot.onClosed(refusal)
      connection.send(writeClosed(id, refusal))
    })
}
