/**
 * Who may do what on a topic: from a frame's path and params to an authorized key.
 *
 * Not the hub, which moves events and asks nobody. Rule: params are validated before `authorize` sees them, and the key
 * is made of the parsed ones.
 */
import { isTrunklineErrorLike, type TopicAction, TrunklineError, validate } from '@trunkline/core'
import { topicKey } from '@trunkline/core/protocol'
import { Grant } from './grant.js'
import type { CompiledTopic } from './routes.js'
import type { Session } from './session.js'
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
