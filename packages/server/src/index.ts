export type { CallerOptions } from './caller.js'
export { createCaller } from './caller.js'
export type { Caller } from './caller-types.js'
export type { AcceptOptions, CreateServerOptions } from './create-server.js'
export { acceptTransport, createServer } from './create-server.js'
export type { Metrics } from './observe/observer.js'
export type { ServerEvents } from './observe/server-event.js'
export type {
  AllowedOrigins,
  AuthenticateArgs,
  Authenticated,
  ConnectionInfo,
  ContextArgs,
  HeartbeatOptions,
  Limits,
  PresenceSettings,
  ServerOptions,
} from './options.js'
export { DEFAULT_LIMITS } from './options.js'
export type { AttachOptions, ListenOptions, Server } from './server-types.js'
export type {
  Broker,
  BrokerCapabilities,
  BrokerListener,
  BrokerState,
  LogEntry,
  NewEntry,
  Page,
  PageLimit,
  Published,
  ReadFrom,
  Retention,
} from './topics/broker.js'
export type { Publisher, PublisherOptions } from './topics/create-publisher.js'
export { createPublisher } from './topics/create-publisher.js'
export type { LatestStore, NewTableEntry, Table, TableEntry, TableLimit } from './topics/latest-store.js'
export type { MemoryBroker, MemoryBrokerOptions } from './topics/memory-broker.js'
export { createMemoryBroker } from './topics/memory-broker.js'
export type { PresenceListener, PresenceMember, PresenceStore } from './topics/presence-store.js'
