/**
 * Publishing by code that serves no sockets: a worker, a cron job, a script. In another process than the servers' it needs
 * a broker that both can reach.
 *
 * Rule: it checks and encodes as a server does, so its events cannot be told from a server's.
 */
import { type Clock, type Codec, type Publish, type Router, type Routes, validate } from '@trunkline/core'
import { topicKey } from '@trunkline/core/protocol'
import { superjsonCodec } from '@trunkline/core/superjson'
import { systemClock } from '../system-clock.js'
import type { Broker } from './broker.js'
import { TopicPublisher } from './publisher.js'
import { TopicRegistry } from './topic-registry.js'

/** Options of `createPublisher`. */
export interface PublisherOptions {
  /** The router of the servers, or a part of it at the same paths. Contracts will do: nothing is called. */
  readonly router: Router<Routes>
  /** The broker of the servers. The caller closes it. */
  readonly broker: Broker
  /** The codec of the servers. Default: superjson semantics with a fast path for plain JSON. */
  readonly codec?: Codec | undefined
  /** Most units of an encoded event. Default 262_144. */
  readonly maxPayloadBytes?: number | undefined
  /** Time; for tests. Default: the machine's. */
  readonly clock?: Clock | undefined
}

/** Publishes without serving. */
export interface Publisher {
  readonly publish: Publish
}

/**
 * Makes a publisher for a process that serves no sockets.
 *
 * @throws TypeError when the router was not made by `t.router`, or has one topic at two paths.
 */
export function createPublisher(options: PublisherOptions): Publisher {
  const { router, broker, codec = superjsonCodec(), maxPayloadBytes, clock = systemClock } = options
  const registry = new TopicRegistry(router)
  const publisher = new TopicPublisher({ broker, codec, clock, maxPayloadBytes })
  return {
    publish: async (topic, params, event, publishOptions) => {
      const { path, definition } = await registry.find(topic)
      const parsed =
        definition.params === undefined ? {} : await validate(definition.params, params, `params of ${path}`)
      return publisher.publish({
        path,
        key: topicKey(path, parsed),
        definition,
        event,
        id: publishOptions?.id,
        ephemeral: publishOptions?.ephemeral,
      })
    },
  }
}
