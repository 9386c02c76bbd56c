/**
 * The options of a server, with their units and defaults in one place.
 *
 * Rule: everything that protects the server is on by default; an option loosens it, with a unit in its name.
 */
import type { IncomingMessage } from 'node:http'
import type { Clock, Codec, MaybePromise, Router, Routes } from '@trunkline/core'
import type { Broker } from './topics/broker.js'

/** What `authenticate` is given. */
export interface AuthenticateArgs {
  /** What the client's `auth` gave; `undefined` when it gave nothing. */
  readonly token: string | undefined
  /** The HTTP request of the handshake: cookies, headers, address. */
  readonly request: IncomingMessage
}

/** What `authenticate` returns; further members reach `context` as `auth`. */
export interface Authenticated {
  /** Who this is: not empty, and the same each time the same client comes back. Sessions, presence and keys are by it. */
  readonly identity: string
  /** When the token expires, in milliseconds since the Unix epoch. Default: never. */
  readonly expiresAt?: number | undefined
}

/** What a handler may know of its connection. */
export interface ConnectionInfo {
  /** Unique on this node for as long as the process runs. */
  readonly id: number
  /** The peer's address, through `trustProxy` hops of X-Forwarded-For. */
  readonly address: string
  readonly request: IncomingMessage
}

/** What `context` is given. */
export interface ContextArgs<TAuth> {
  readonly identity: string
  readonly auth: TAuth
  readonly connection: ConnectionInfo
}

/** Everything that is bounded, each with its default. */
export interface Limits {
  /**
   * Bytes of one inbound message, and of one published event. Default 262_144. Past it the socket is closed with 1009, and a
   * publish fails with `PAYLOAD_TOO_LARGE`.
   */
  readonly maxMessageBytes: number
  /** Nesting of a payload in the default codec; one that is given has its own. Default 64. Past it: `INVALID_INPUT`. */
  readonly maxDepth: number
  /**
   * Calls of one session whose handlers have not settled; counted by themselves, joins and updates of presence that are not
   * answered. Default 256. Past it: `LIMIT_EXCEEDED`.
   */
  readonly maxCalls: number
  /** Subscriptions, of procedures, topics and their members, and joins of one session. Default 128. Past it: `LIMIT_EXCEEDED`. */
  readonly maxSubscriptions: number
  /** Inbound messages a second that a connection may keep up. Default 2_000. Past it the socket is read slower. */
  readonly messagesPerSecond: number
  /** Inbound bytes a second that a connection may keep up. Default 8_388_608. Past it the socket is read slower. */
  readonly bytesPerSecond: number
  /** Bytes that may wait in a socket before subscriptions are pulled no further, and topics fall behind. Default 131_072. */
  readonly highWaterBytes: number
  /** Bytes that may wait in a socket before it is not read any more. Default 1_048_576. */
  readonly maxBufferedBytes: number
  /** How long such a socket may make no progress before `SLOW_CONSUMER`, in milliseconds. Default 30_000. */
  readonly slowConsumerMs: number
  /** Connections of one address; of IPv6, of one network of 64 bits. Default 1_000. Past it: HTTP 503. */
  readonly maxConnectionsPerAddress: number
  /** Connections of one address that have not authenticated. Default 64. Past it: HTTP 503. */
  readonly maxUnauthenticatedPerAddress: number
  /** Handshakes a second, bursts of four seconds' worth. Default 500. Past it: HTTP 503 with `Retry-After`. */
  readonly handshakesPerSecond: number
  /**
   * Idempotent mutations that are remembered, running ones included; their results together take 64 MiB at most. Default
   * 10_000. Past it the oldest results go: of the identity that needs room where it has a tenth, else of all. Where all of
   * them are running, or half of them for one identity, another is refused with `LIMIT_EXCEEDED`.
   */
  readonly maxIdempotencyKeys: number
}

export const DEFAULT_LIMITS: Limits = {
  maxMessageBytes: 262_144,
  maxDepth: 64,
  maxCalls: 256,
  maxSubscriptions: 128,
  messagesPerSecond: 2_000,
  bytesPerSecond: 8_388_608,
  highWaterBytes: 131_072,
  maxBufferedBytes: 1_048_576,
  slowConsumerMs: 30_000,
  maxConnectionsPerAddress: 1_000,
  maxUnauthenticatedPerAddress: 64,
  handshakesPerSecond: 500,
  maxIdempotencyKeys: 10_000,
}

/** How dead peers are noticed. */
export interface HeartbeatOptions {
  /** The server pings when it has received nothing for so long. Default 15_000. */
  readonly intervalMs: number
  /** … and abandons the socket when nothing comes for so long after it. Default 10_000. */
  readonly timeoutMs: number
}

/** How presence forgives lost connections. */
export interface PresenceSettings {
  /**
   * Milliseconds that a member stays after its socket was lost, unless its client said goodbye. Default 10_000. A member
   * whose client died is gone after this, the heartbeat's `intervalMs` and `timeoutMs`, and three seconds.
   */
  readonly graceMs: number
}

/** Which origins browsers may connect from, beside the server's own host: `https://app.example.com`. Or a decision. */
export type AllowedOrigins = readonly string[] | ((origin: string, request: IncomingMessage) => boolean) | undefined

/** Options of `createServer`. */
export interface ServerOptions<TContext, TAuth extends Authenticated> {
  readonly router: Router<Routes, TContext>
  /**
   * Decides who a connection belongs to; throwing refuses it with close code 4401, which is final for the client.
   * Default: everyone is the identity `anonymous`.
   */
  readonly authenticate?: ((args: AuthenticateArgs) => MaybePromise<TAuth>) | undefined
  /** Makes the context of a connection; again after its token was refreshed and by `reauthorize`. Throwing closes with 4500. */
  readonly context?: ((args: ContextArgs<TAuth>) => MaybePromise<NoInfer<TContext>>) | undefined
  /** Origins that browsers may connect from, beside the server's own host: `https://app.example.com`. Or a decision. */
  readonly origins?: AllowedOrigins
  /** Milliseconds for `hello` and `authenticate`. Default 5_000. Past it: close code 4408. */
  readonly authTimeoutMs?: number | undefined
  /**
   * Milliseconds that a socket which the server closes waits for its peer to close it too. Default 5_000. Past it the socket
   * is destroyed; of what the peer sends meanwhile 64 KiB are read and dropped.
   */
  readonly closeTimeoutMs?: number | undefined
  /** Milliseconds that a session outlives its connection. Default 10_000. Past it the session ends: spec/PROTOCOL.md, P5.7. */
  readonly resumeMs?: number | undefined
  readonly heartbeat?: Partial<HeartbeatOptions> | undefined
  readonly presence?: Partial<PresenceSettings> | undefined
  readonly limits?: Partial<Limits> | undefined
  /** Where topics live. Default: in this process's memory. */
  readonly broker?: Broker | undefined
  /** How payloads are encoded; must be the client's. Default: superjson semantics with a fast path for plain JSON. */
  readonly codec?: Codec | undefined
  /** How many proxies in front append to X-Forwarded-For. Default 0: the header is not believed. */
  readonly trustProxy?: number | undefined
  /** Time; for tests. Default: the machine's. */
  readonly clock?: Clock | undefined
}

/** Options of any server: what ties its generics together is checked by createServer's signature. */
export type AnyServerOptions = ServerOptions<unknown, Authenticated>
