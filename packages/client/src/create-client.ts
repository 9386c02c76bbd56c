/**
 * Puts a client together. Not an entry: those add the codec and the platform's WebSocket.
 */
import type { Clock, Codec, Transport } from '@trunkline/core'
import { type CallOptions, createCallTable, type QueueLimits } from './call-table.js'
import type { Client, RouterOf } from './client-types.js'
import { type Connection, createConnection } from './connection.js'
import { dispatch } from './dispatch.js'
import { createEmitter } from './emitter.js'
import type { HeartbeatOptions } from './heartbeat.js'
import type { Work } from './link.js'
import { createProxy } from './proxy.js'
import type { ReconnectOptions } from './reconnect.js'
import { createSubscribe, type SubscriptionCallbacks } from './subscription.js'
import { consumeSubscription, iterateSubscription } from './subscription-consumers.js'
import { systemClock } from './system-clock.js'
import { createTopics, type EventPlace, type TopicCallbacks } from './topic.js'
import { openWebSocket, type WebSocketConstructor } from './transports/websocket.js'

/** Options of a client. All but `url` have defaults. */
export interface ClientOptions {
  /** `ws://` or `wss://`, with the server's path if it has one. */
  readonly url: string
  /**
   * Gives the token for `hello`; asked before every attempt. A rejection is retried with backoff.
   * Default: no token, which is right where cookies tell who it is.
   */
  readonly auth?: (() => string | undefined | PromiseLike<string | undefined>) | undefined
  /** A constructor with the interface of WebSocket. Default: the platform's; in Node without one, that of `ws`. */
  readonly WebSocket?: WebSocketConstructor | undefined
  /** Carries messages in another way than a WebSocket; called for every attempt. */
  readonly transport?: ((url: string) => Transport) | undefined
  /** When a silent server counts as dead. Default: as the server says. */
  readonly heartbeat?: HeartbeatOptions | undefined
  readonly reconnect?: ReconnectOptions | undefined
  /** Connects with the first call or subscription instead of at once. Default false. */
  readonly lazy?: boolean | undefined
  /** Closes the connection after so many milliseconds in which nothing used it; the next call opens it again. Default never. */
  readonly idleCloseMs?: number | undefined
  /** Milliseconds until a call fails with `TIMEOUT`. Default 30_000. */
  readonly timeoutMs?: number | undefined
  /** How payloads are encoded; must be the server's. */
  readonly codec?: Codec | undefined
  readonly limits?: QueueLimits | undefined
  /** Time; for tests. Default: the machine's. */
  readonly clock?: Clock | undefined
  /** Numbers from 0 to 1 for the delays of reconnecting; for tests. Default: `Math.random`. */
  readonly random?: (() => number) | undefined
  /** Runs a callback at the end of the turn, when what is ready leaves as one message. Default: a microtask. */
  readonly defer?: ((callback: () => void) => void) | undefined
}

/** What `createClient` gives. */
export interface ClientAndConnection<TRouter> {
  /** The router's paths, each with its verbs. */
  readonly api: Client<RouterOf<TRouter>>
  readonly connection: Connection
}

/** Creates a client with what an entry knows: its codec and its platform's WebSocket. */
export function createClientWith<TRouter>(
  options: ClientOptions,
  defaultCodec: () => Codec,
  WebSocket: WebSocketConstructor | undefined,
): ClientAndConnection<TRouter> {
  const { url, clock = systemClock, codec = defaultCodec(), transport } = options
  const emitter = createEmitter()
  const { connection, link, alarm } = createConnection({
    open: () => (transport ? transport(url) : openWebSocket(url, options.WebSocket ?? WebSocket)),
    auth: options.auth,
    heartbeat: options.heartbeat,
    reconnect: options.reconnect,
    idleCloseMs: options.idleCloseMs,
    clock,
    random: options.random ?? Math.random,
    defer: options.defer ?? queueMicrotask,
    emitter,
    work: () => work,
  })
  const calls = createCallTable(link, codec, clock, alarm, options.timeoutMs, options.limits)
  const topics = createTopics(link, codec, emitter)
  const subscribe = createSubscribe(link, calls, codec, emitter)
  const work: Work = {
    busy: () => calls.size + topics.size > 0,
    take: (frame, message, length) => dispatch(frame, calls, topics, message, length),
    renew: calls.renew,
    opened: ({ keys }) => calls.opened(keys),
    pump: () => {
      calls.pump()
      topics.pump()
    },
    detached: () => {
      calls.detached()
      topics.detached()
    },
    closed: (error) => {
      calls.closed(error)
      topics.closed(error)
    },
    expire: calls.expire,
  }

  const call = (
    kind: 'query' | 'mutate' | 'publish',
    path: string,
    value: unknown,
    options?: CallOptions,
    params?: unknown,
  ): Promise<unknown> =>
    new Promise((resolve, reject) => {
      calls.start(kind, path, value, options ?? {}, resolve, reject, undefined, params)
    })

  const api = createProxy((verb, path, [first, second, third]) => {
    switch (verb) {
      case 'query':
      case 'mutate':
        return call(verb, path, first, second as CallOptions)
      case 'publish':
        return call(verb, path, second, third as CallOptions, first)
      case 'subscribe': {
        // The types of the path say which of the three it is; at run time the callbacks do.
        const callbacks = (second ?? {}) as Partial<SubscriptionCallbacks<unknown> & TopicCallbacks<unknown>>
        if (callbacks.onEvent)
          return topics.subscribe(path, first, callbacks as TopicCallbacks<unknown, EventPlace | undefined>)
        if (callbacks.onItem) {
          return consumeSubscription(subscribe, emitter, path, first, callbacks as SubscriptionCallbacks<unknown>)
        }
        return iterateSubscription(subscribe, path, first, callbacks)
      }
      default:
        throw new TypeError(`${path}.${verb} is no verb: use query, mutate, subscribe or publish.`)
    }
  })
  if (!options.lazy) connection.connect().catch(() => {})
  // The proxy answers to every path; Client says which there are.
  return { api: api as Client<RouterOf<TRouter>>, connection }
}
