/**
 * Who may do what on a topic: from a frame's path and params to an authorized key.
 *
 * Not the hub, which moves events and asks nobody. Rule: params are validated before `authorize` sees them, and the key
 * is made of the parsed ones.
 */
import { isTrunklineErrorLike, type TopicAction, TrunklineError, validate } from '@trunkline/core'
import { type SubFrame, topicKey, writeClosed } from '@trunkline/core/protocol'
import type { Connection } from './connection.js'
import { Grant } from './grant.js'
import type { CompiledTopic } from './routes.js'
import type { Session } from './session.js'
import { TopicSlot } from './topic-slot.js'
import { snapshotOf } from './topic-snapshot.js'
import { internalError } from './wire-error.js'

/** A topic with params that this session may act on. */
export interface TopicAccess {
  readonly topic: CompiledTopic
  readonly params: unknown
  readonly key: string
  /** What `authorize` agreed to; `undefined` where the topic asks nobody. */
  readonly grant: Grant | undefined
}

/**
 * Checks params and asks `authorize`.
 *
 * @throws TrunklineError `NOT_FOUND`, `INVALID_INPUT`, `FORBIDDEN`, or `INTERNAL` when `authorize` fails.
 */
export async function accessTopic(
  path: string,
  rawParams: unknown,
  action: TopicAction,
  session: Session,
): Promise<TopicAccess> {
  const { routes, codec } = session.services
  const topic = await routes.topic(path)
  if (topic === undefined) {
    const procedure = await routes.procedure(path)
    const message =
      procedure === undefined
        ? `No topic ${JSON.stringify(path)}.`
        : `${JSON.stringify(path)} is a ${procedure.definition.kind}, not a topic.`
    throw new TrunklineError('NOT_FOUND', message)
  }
  const { params: schema, authorize } = topic.definition
  const what = `params of ${path}`
  // Decoding applies the payload rules (P2.7) to what a peer sent.
  const decoded = decodeParams(() => codec.decode(rawParams ?? {}, undefined, []), what)
  const params = schema === undefined ? {} : await validate(schema, decoded, what)
  const key = topicKey(path, params)
  if (authorize === undefined) return { topic, params, key, grant: undefined }
  const grant = new Grant(topic, params, action, session)
  await grant.recheck()
  return { topic, params, key, grant }
}

/** P6.1. */
export function subscribeTopic(frame: SubFrame, connection: Connection, session: Session): void {
  const { maxSubscriptions } = session.services.limits
  if (connection.topics.has(frame.id)) return connection.refuseFrame(frame.id, 'This id is subscribed already.')
  if (connection.topicSlots + session.subscriptions >= maxSubscriptions) {
    const error = new TrunklineError('LIMIT_EXCEEDED', `${maxSubscriptions} subscriptions are open already.`)
    return refuseTopic(frame.id, frame.topic, error, connection, session)
  }
  const slot = new TopicSlot(connection)
  connection.topics.set(frame.id, slot)
  const isOver = (): boolean => connection.topics.get(frame.id) !== slot
  slot
    .run(() => accessTopic(frame.topic, frame.params, 'subscribe', session))
    .then(
      (access) => {
        // Gone, or unsubscribed, while it was being authorized.
        if (connection.state !== 'open' || isOver()) return
        slot.isOpen = true
        const takeSnapshot = snapshotOf(access, session)
        session.services.hub.subscribe(connection, {
          id: frame.id,
          key: access.key,
          definition: access.topic.definition,
          since: frame.since,
          takeSnapshot: takeSnapshot && ((position, signal) => slot.run(() => takeSnapshot(position, signal))),
          recheck: access.grant?.recheck,
          onClosed: () => {
            connection.topics.delete(frame.id)
            slot.giveUp()
          },
        })
      },
      (error: unknown) => {
        if (isOver()) return
        connection.topics.delete(frame.id)
        refuseTopic(frame.id, frame.topic, error, connection, session)
      },
    )
}

/** P6.8. */
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

/** Ends what a peer asked of a topic before it began, and says why. */
export function refuseTopic(id: number, path: string, error: unknown, connection: Connection, session: Session): void {
  const refused = toTrunklineError(error, path, session)
  session.services.observer.callFailed(path, session.identity, refused.code)
  connection.send(writeClosed(id, refused))
}

/** What a peer may see of a failure on a topic. */
export function toTrunklineError(error: unknown, path: string, session: Session): TrunklineError {
  if (isTrunklineErrorLike(error)) return error
  return internalError(error, { path, identity: session.identity, handlerStarted: false }, session.services.observer)
}

function decodeParams(decode: () => unknown, what: string): unknown {
  try {
    return decode()
  } catch (error) {
    throw new TrunklineError('INVALID_INPUT', `${what}: ${error instanceof Error ? error.message : 'not valid'}`)
  }
}
