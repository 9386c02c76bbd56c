/**
 * From a `watch` frame to a room, if the client may see who is there (P6.13).
 *
 * Rule: seeing who is there takes the right to subscribe.
 */
import { TrunklineError } from '@trunkline/core'
import type { WatchFrame } from '@trunkline/core/protocol'
import type { Connection } from '../connection.js'
import type { Session } from '../session.js'
import { accessTopic, refuseTopic } from '../topic-access.js'
import { TopicSlot } from '../topic-slot.js'
import type { PresenceRooms } from './presence-rooms.js'

/** Lets a connection watch, or says why not. It holds a slot like a topic subscription. */
export function watchPresence(rooms: PresenceRooms, frame: WatchFrame, connection: Connection, session: Session): void {
  const { id, topic: path, params } = frame
  const { maxSubscriptions } = session.services.limits
  const { topics } = connection
  if (topics.has(id)) return connection.refuseFrame(id, 'This id is subscribed already.')
  if (connection.topicSlots + session.subscriptions >= maxSubscriptions) {
    const error = new TrunklineError('LIMIT_EXCEEDED', `${maxSubscriptions} subscriptions are open already.`)
    return refuseTopic(id, path, error, connection, session)
  }
  const slot = new TopicSlot(connection)
  topics.set(id, slot)
  const isOver = (): boolean => topics.get(id) !== slot
  slot
    .run(() => accessTopic(path, params, 'subscribe', session))
    .then(({ topic, key, grant }) => {
      // Gone, or given up, while it was being authorized.
      if (connection.state !== 'open' || isOver()) return
      if (topic.definition.presence === undefined) {
        throw new TrunklineError('NOT_FOUND', `The topic ${path} declares no presence.`)
      }
      slot.isOpen = true
      rooms.watch(connection, { id, recheck: grant?.recheck, onClosed: () => topics.delete(id) }, key)
    })
    .catch((error: unknown) => {
      if (isOver()) return
      topics.delete(id)
      refuseTopic(id, path, error, connection, session)
    })
}
