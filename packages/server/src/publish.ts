/**
 * Publishing from handlers and from the server object.
 *
 * Rule: params and event are checked once, here; the hub is given what is valid.
 */
import { type Publish, validate } from '@trunkline/core'
import { topicKey } from '@trunkline/core/protocol'
import type { RouteTable } from './routes.js'
import type { TopicHub } from './topics/topic-hub.js'

/**
 * Makes the `publish` of a server.
 *
 * @param idOf - gives the id of an event that has none of its own, unless nothing is kept of it. Default: one that the hub makes.
 */
export function createServerPublish(routes: RouteTable, hub: TopicHub, idOf?: (topicKey: string) => string): Publish {
  return async (topic, params, event, options) => {
    const { path, definition } = routes.compiledTopic(topic)
    const parsed = definition.params === undefined ? {} : await validate(definition.params, params, `params of ${path}`)
    const key = topicKey(path, parsed)
    const isKept = definition.delivery !== 'ephemeral' && options?.ephemeral !== true
    return hub.publish({
      path,
      key,
      definition,
      event,
      id: options?.id ?? (isKept ? idOf?.(key) : undefined),
      ephemeral: options?.ephemeral,
    })
  }
}
