/**
 * Publishing from handlers and from the server object.
 *
 * Rule: params and event are checked once, here; the hub is given what is valid.
 */
import { type ErrorCode, isTrunklineErrorLike, type Publish, type TrunklineError, validate } from '@trunkline/core'
import { topicKey } from '@trunkline/core/protocol'
import type { RouteTable } from './routes.js'
import type { TopicHub } from './topics/topic-hub.js'
import { appFault } from './wire-error.js'

/**
 * Makes the `publish` of a server.
 *
 * @param idOf - gives the id of an event that has none of its own, unless nothing is kept of it. Default: one that the hub makes.
 */
export function createServerPublish(routes: RouteTable, hub: TopicHub, idOf?: (topicKey: string) => string): Publish {
  return async (topic, params, event, options) => {
    try {
      const { path, definition } = routes.compiledTopic(topic)
      const { params: schema } = definition
      const parsed = schema === undefined ? {} : await validate(schema, params, `params of ${path}`)
      const key = topicKey(path, parsed)
      const isKept = definition.delivery !== 'ephemeral' && options?.ephemeral !== true
      return await hub.publish({
        path,
        key,
        definition,
        event,
        id: options?.id ?? (isKept ? idOf?.(key) : undefined),
        ephemeral: options?.ephemeral,
      })
    } catch (error) {
      throw isMistake(error) ? appFault(error) : error
    }
  }
}

/** Whether the app published what it may not: other than the broker's failures and limits, that is nothing of its callers. */
function isMistake(error: unknown): error is TrunklineError {
  return isTrunklineErrorLike(error) && MISTAKES.has(error.code)
}

const MISTAKES: ReadonlySet<string> = new Set<ErrorCode>(['INVALID_INPUT', 'NOT_FOUND', 'UNSUPPORTED'])
