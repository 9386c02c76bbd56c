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

/** What is opened is given these. */
export interface OpenedTopic {
  readonly access: TopicAccess
  readonly slot: TopicSlot
  /** To be called when it ended with an error that its client was told. */
  readonly onClosed: (error: TrunklineError) => void
}

/** Opens what a frame asks for, or answers why not. What `open` throws is a refusal as well. */
export function openTopic(
  frame: SubFrame | WatchFrame,
  connection: Connection,
  session: Session,
  open: (opened: OpenedTopic) => void,
): void {
  const { id, topic: path, params } = frame
  const { topics } = connection
  const { observer, limits } = session.services
  const onClosed = (error: TrunklineError): void => observer.callFailed(path, session.identity, error.code)
  const refuse = (error: TrunklineError): void => {
    onClosed(error)
    connection.send(writeClosed(id, error))
  }
  if (topics.has(id)) return connection.refuseFrame(id, 'This id is subscribed already.')
  if (connection.topicSlots + session.subscriptions >= limits.maxSubscriptions) {
    const message = `${limits.maxSubscriptions} subscriptions are open already.`
    return refuse(new TrunklineError('LIMIT_EXCEEDED', message))
  }
  const slot = new TopicSlot(connection)
  topics.set(id, slot)
  const isOver = (): boolean => topics.get(id) !== slot
  slot
    .run(() => accessTopic(path, params, 'subscribe', session))
    .then((access) => {
      // Gone, or given up, while it was being authorized.
      if (connection.state !== 'open' || isOver()) return
      slot.isOpen = true
      open({
        access,
        slot,
        onClosed: (error) => {
          topics.delete(id)
          slot.giveUp()
          onClosed(error)
        },
      })
    })
    .catch((error: unknown) => {
      if (isOver()) return
      topics.delete(id)
      refuse(toTrunklineError(error, path, session))
    })
}
