/**
 * Puts a client together. Not an entry: those add the codec and the platform's WebSocket.
 */
import type { Clock, Codec, Transport } from '@trunkline/core'
import type { Call, CallOptions, QueueLimits } from './call.js'
import { createCallTable } from './call-table.js'
import type { Client, RouterOf } from './client-types.js'
import { type Connection, createConnection } from './connection.js'
import type { ConnectionOptions } from './connection-options.js'
import { createEmitter } from './emitter.js'
import type { ClientTransport, Rider } from './link.js'
import { createPresence, type JoinOptions } from './presence.js'
import { createProxy } from './proxy.js'
import { createSubscribe, type SubscriptionCallbacks } from './subscription.js'
import { consumeSubscription, iterateSubscription } from './subscription-consumers.js'
import { systemClock } from './system-clock.js'
import { createTopics } from './topic.js'
import type { TopicCallbacks } from './topic-callbacks.js'
import type { WebSocketConstructor } from './websocket-like.js'

/** Options of a client. All but `url` have defaults. */
export interface ClientOptions extends ConnectionOptions {
  /** `ws://` or `wss://`, with the server's path if it has one. */
  readonly url: string
  /** A constructor with the interface of WebSocket. Default: the platform's; in Node without one, that of `ws`. */
  readonly WebSocket?: WebSocketConstructor | undefined
  /** Carries messages in another way than a WebSocket; called for every attempt. */
  readonly transport?: ((url: string) => Transport) | undefined
  /** Connects with the first call or subscription instead of at once. Default false. */
  readonly lazy?: boolean | undefined
  /** Milliseconds until a call fails with `TIMEOUT`. Default 30_000. */
  readonly timeoutMs?: number | undefined
  /** How payloads are encoded; must be the server's. */
  readonly codec?: Codec | undefined
  readonly limits?: QueueLimits | undefined
  /** Time; for tests. Default: the machine's. */
  readonly clock?: Clock | undefined
}

/** What `createClient` gives. */
export interface ClientAndConnection<TRouter> {
  /** The router's paths, each with its verbs. */
  readonly api: Client<RouterOf<TRouter>>
  readonly connection: Connection
}

/** Creates a client with what an entry knows: its codec and its platform's sockets. */
export function createClientWith<TRouter>(
  options: ClientOptions,
  defaultCodec: () => Codec,
  open: (url: string) => ClientTransport,
  /** Told what a verb is called with, before it is: for what only one platform wants done. */
  onCall?: (args: readonly unknown[]) => void,
): ClientAndConnection<TRouter> {
  const { url, clock = systemClock, codec = defaultCodec(), transport = open } = options
  const emitter = createEmitter()
  const riders: Rider[] = []
  const { connection, link, alarm } = createConnection(
    () => transport(url),
    clock,
    emitter,
    riders,
    options,
    codec.binary,
  )
  const calls = createCallTable(link, codec, clock, alarm, options.timeoutMs, options.limits)
  const topics = createTopics(link, codec, emitter)
  const subscribe = createSubscribe(link, calls, codec, emitter)
  const presence = createPresence(link, codec, emitter)
  riders.push(calls, topics, presence)

  const call = (
    kind: Call['kind'],
    path: string,
    value: unknown,
    callOptions: unknown,
    params?: unknown,
  ): Promise<unknown> =>
    new Promise((resolve, reject) => {
      calls.start(kind, path, value, callOptions as CallOptions, resolve, reject, undefined, params)
    })

  const api = createProxy((verb, path, args) => {
    onCall?.(args)
    const [first, second, third] = args
    switch (verb) {
      case 'query':
      case 'mutate':
        return call(verb, path, first, second)
      case 'publish':
        return call(verb, path, second, third, first)
      case 'join':
        return presence.join(path, first, second, third as JoinOptions)
      case 'presence':
        return presence.members(path, first)
      case 'subscribe': {
        // The types of the path say which of the three it is; at run time the callbacks do.
        const callbacks = (second ?? {}) as Partial<SubscriptionCallbacks<unknown> & TopicCallbacks<unknown>>
        if (callbacks.onEvent) return topics.subscribe(path, first, callbacks as never)
        return (callbacks.onItem ? consumeSubscription : iterateSubscription)(
          subscribe,
          emitter,
          path,
          first,
          callbacks,
        )
      }
    }
    throw new TypeError(`${path}.${verb}: there is no such verb.`)
  })
  if (!options.lazy) connection.connect().catch(() => {})
  // The proxy answers to every path; Client says which there are.
  return { api: api as Client<RouterOf<TRouter>>, connection }
}
