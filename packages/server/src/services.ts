/**
 * What all connections of one server share.
 *
 * Not a container with a lookup: plain members, made once in create-services.ts.
 */
import type { Clock, Codec, MaybePromise, Publish } from '@trunkline/core'
import type { Deadlines } from './deadlines.js'
import type { KeyStore } from './key-store.js'
import type { Observer } from './observe/observer.js'
import type { AuthenticateArgs, Authenticated, ContextArgs, HeartbeatOptions, Limits } from './options.js'
import type { Presence } from './presence/presence.js'
import type { RouteTable } from './routes.js'
import type { SessionStore } from './session-store.js'
import type { TopicHub } from './topics/topic-hub.js'
import type { Turn } from './turn.js'

export interface Services {
  readonly routes: RouteTable
  readonly codec: Codec
  readonly clock: Clock
  /** Milliseconds since the Unix epoch as they are now: what tokens expire by. May go back, unlike the clock. */
  readonly wallNow: () => number
  readonly turn: Turn
  readonly deadlines: Deadlines
  readonly keys: KeyStore
  readonly sessions: SessionStore
  readonly hub: TopicHub
  readonly presence: Presence
  readonly observer: Observer
  readonly limits: Limits
  readonly heartbeat: HeartbeatOptions
  readonly authTimeoutMs: number
  readonly closeTimeoutMs: number
  readonly resumeMs: number
  readonly graceMs: number
  /** Proxies in front that append to X-Forwarded-For. */
  readonly trustProxy: number
  /** What is the same in every `welcome`, written once. */
  readonly settings: string
  readonly publish: Publish
  /** Makes a `publish` whose events have these ids, unless they have their own or nothing is kept of them. */
  readonly publishAs: (idOf: (topicKey: string) => string) => Publish
  /** Whether anything of the app reads the handshake's request: else it is let go, which saves 0.8 kB a connection. */
  readonly readsRequest: boolean
  readonly authenticate: (args: AuthenticateArgs) => MaybePromise<Authenticated>
  /** Closes the broker if this server made it. */
  readonly closeBroker: () => Promise<void>
  readonly context: (args: ContextArgs<Authenticated>) => MaybePromise<unknown>
}
