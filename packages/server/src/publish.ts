/**
 * Publishing from handlers and from the server object.
 *
 * Rule: params and event are checked once, here; the hub is given what is valid.
 */
import { type Publish, validate } from '@trunkline/core'
import { topicKey } from '@trunkline/core/protocol'
import type { RouteTable } from './routes.js'
import type { TopicHub } from './topics/topic-hub.js'

/** Makes the `publish` of a server. */
export function createServerPublish(routes: RouteTable, hub: TopicHub): Publish {
  return async (topic, params, event, options) => {
    const { path, definition } = routes.compiledTopic(topic)
    const parsed = definition.params === undefined ? {} : await validate(definition.params, params, `params of ${path}`)
    return hub.publish({
      path,
      key: topicKey(path, parsed),
      definition,
      event,
      id: options?.id,
      ephemeral: options?.ephemeral,
    })
  }
}
