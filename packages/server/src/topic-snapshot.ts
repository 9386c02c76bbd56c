/**
 * Asks the app for the state of a topic, for one subscriber (P6.12).
 *
 * Not where it is joined to the events (topics/snapshot-taker.ts). Rule: nothing of a failure leaves the server but what a
 * TrunklineError says.
 */
import { isPosition, isTrunklineErrorLike, type SnapshotAt } from '@trunkline/core'
import { ownPayload } from './payload.js'
import type { Session } from './session.js'
import type { TopicAccess } from './topic-access.js'
import type { Snapshot, SubscribeRequest } from './topics/subscription.js'
import { internalError } from './wire-error.js'

/** What takes snapshots of a topic for a session; `undefined` where the topic has none. */
export function snapshotOf({ topic, params }: TopicAccess, session: Session): SubscribeRequest['takeSnapshot'] {
  const { path, definition } = topic
  const { snapshot } = definition
  if (snapshot === undefined) return undefined
  const { codec, observer } = session.services
  return async (position, signal): Promise<Snapshot> => {
    try {
      // Its argument types were checked where the topic was declared.
      const result = await snapshot({ ctx: session.ctx, params, position, signal } as never)
      const { state, at } = isExact(result) ? result : { state: result, at: position }
      return { payload: ownPayload(codec.encode(state)), position: at }
    } catch (error) {
      if (isTrunklineErrorLike(error)) throw error
      throw internalError(error, { path, identity: session.identity, handlerStarted: true }, observer)
    }
  }
}

/** Whether a snapshot says itself which place its state is of. */
export function isExact(result: unknown): result is SnapshotAt<unknown> {
  if (typeof result !== 'object' || result === null || !('at' in result) || !('state' in result)) return false
  return isPosition(result.at) && Object.keys(result).length === 2
}
