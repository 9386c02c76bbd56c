/**
 * Makes what all connections of a server share, from its options.
 *
 * Rule: the only place where a default of an option becomes a value.
 */
import { writeSettings, writeStale } from '@trunkline/core/protocol'
import { superjsonCodec } from '@trunkline/core/superjson'
import { Connection } from './connection.js'
import { Deadlines } from './deadlines.js'
import { KeyStore } from './key-store.js'
import { Observer } from './observe/observer.js'
import { type AnyServerOptions, DEFAULT_LIMITS, type HeartbeatOptions, type Limits } from './options.js'
import { Presence } from './presence/presence.js'
import { createServerPublish } from './publish.js'
import { checkOptions, readNumber, readNumbers } from './read-options.js'
import { RouteTable } from './routes.js'
import type { Services } from './services.js'
import { SessionStore } from './session-store.js'
import { systemClock } from './system-clock.js'
import { lackOf } from './topics/broker-lack.js'
import { createMemoryBroker } from './topics/memory-broker.js'
import { createMemoryPresence } from './topics/memory-presence.js'
import { type HubEvents, TopicHub } from './topics/topic-hub.js'
import { Turn } from './turn.js'

/**
 * Makes the shared services; `connections` are told when the broker cannot be trusted.
 *
 * @throws TypeError that says what is wrong with an option.
 */
export function createServices(options: AnyServerOptions, connections: ReadonlySet<Connection>): Services {
  const clock = options.clock ?? systemClock
  checkOptions(options)
  const limits = readNumbers('limits', DEFAULT_LIMITS, options.limits)
  const heartbeat = readNumbers('heartbeat', { intervalMs: 15_000, timeoutMs: 10_000 }, options.heartbeat)
  const codec = options.codec ?? superjsonCodec({ maxDepth: limits.maxDepth })
  const observer = new Observer()
  const resumeMs = readNumber('resumeMs', 10_000, options.resumeMs, 0)
  const turn = new Turn()
  // A broker that was given may be shared: only our own is closed with the server.
  const broker = options.broker ?? createMemoryBroker({ clock })
  const routes = new RouteTable(options.router, ({ delivery }) => lackOf(broker, delivery), clock)
  const { graceMs } = readNumbers('presence', { graceMs: 10_000 }, options.presence, 0)
  const shared = { clock, endOfTurn: turn.afterConnections.bind(turn), highWaterBytes: limits.highWaterBytes }
  const presence = new Presence({ ...shared, store: broker.presence ?? createMemoryPresence(clock), graceMs })
  const hub = new TopicHub({
    ...shared,
    broker,
    codec,
    maxPayloadBytes: limits.maxMessageBytes,
    ...hubEvents(observer, connections),
  })
  return {
    routes,
    codec,
    clock,
    wallNow: options.clock === undefined ? () => Date.now() : () => clock.now(),
    turn,
    deadlines: new Deadlines(clock),
    keys: new KeyStore(clock, limits.maxIdempotencyKeys),
    sessions: new SessionStore(clock, resumeMs, observer, limits.maxConnectionsPerAddress),
    hub,
    presence,
    observer,
    limits,
    heartbeat,
    authTimeoutMs: readNumber('authTimeoutMs', 5_000, options.authTimeoutMs),
    closeTimeoutMs: readNumber('closeTimeoutMs', 5_000, options.closeTimeoutMs),
    resumeMs,
    graceMs,
    trustProxy: readNumber('trustProxy', 0, options.trustProxy, 0),
    settings: settingsOf(limits, heartbeat, resumeMs),
    publish: createServerPublish(routes, hub),
    publishAs: (idOf) => createServerPublish(routes, hub, idOf),
    readsRequest: options.authenticate !== undefined || options.context !== undefined,
    authenticate: options.authenticate ?? (() => ({ identity: 'anonymous' })),
    context: options.context ?? (() => ({})),
    closeBroker: async () => (broker === options.broker ? undefined : broker.close()),
  }
}

/** What every `welcome` of a server says. */
function settingsOf(limits: Limits, heartbeat: HeartbeatOptions, resumeMs: number): string {
  const { maxMessageBytes, maxCalls, maxSubscriptions } = limits
  return writeSettings({ heartbeat, resumeMs, limits: { maxMessageBytes, maxCalls, maxSubscriptions } })
}

/** What the hub tells: counted, told to who listens, and where clients must know, to every connection. */
function hubEvents(observer: Observer, connections: ReadonlySet<Connection>): HubEvents {
  return {
    onGap(topic, { reason, missed }) {
      observer.counters.topicGaps += 1
      if (observer.has('topic-gap')) observer.emit('topic-gap', { topic, reason, missed })
    },
    onSlow(topic, subscriber) {
      observer.counters.topicBehind += 1
      if (!observer.has('topic-behind')) return
      const { bufferedBytes } = subscriber
      const connection = subscriber instanceof Connection ? subscriber.info.id : 0
      observer.emit('topic-behind', { topic, connection, bufferedBytes })
    },
    onBrokerFailed(topic, error) {
      observer.counters.brokerFailures += 1
      if (observer.has('broker-failed')) observer.emit('broker-failed', { topic, error })
      else console.error(`trunkline: the broker failed for ${topic}:`, error)
    },
    onStale(stale) {
      for (const connection of connections) if (connection.state === 'open') connection.send(writeStale(stale))
      if (observer.has('stale')) observer.emit('stale', { stale })
    },
  }
}
