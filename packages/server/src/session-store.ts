/**
 * The sessions of a node, by token.
 *
 * Not shared between nodes: a client that reaches another node starts afresh (P4.5).
 * Rule: a session without a socket ends after `resumeMs`, by the server's one sweep.
 */
import type { Clock } from '@trunkline/core'
import { DetachedSessions } from './detached-sessions.js'
import type { Observer } from './observe/observer.js'
import type { Session } from './session.js'

export class SessionStore {
  readonly #sessions = new Map<string, Session>()
  /** By identity, from the first time that one is asked for: most servers never ask. */
  #byIdentity: Map<string, Set<Session>> | undefined
  readonly #detached: DetachedSessions
  readonly #clock: Clock
  readonly #resumeMs: number
  readonly #observer: Observer
  /** Counts `reauthorize`: a context that was being made meanwhile may be of rights that are no more. */
  rightsChanges = 0

  constructor(
    clock: Clock,
    resumeMs: number,
    observer: Observer,
    maxDetachedPerAddress: number = Number.POSITIVE_INFINITY,
  ) {
    this.#detached = new DetachedSessions(maxDetachedPerAddress)
    this.#clock = clock
    this.#resumeMs = resumeMs
    this.#observer = observer
  }

  get size(): number {
    return this.#sessions.size
  }

  values(): Iterable<Session> {
    return this.#sessions.values()
  }

  /** One that is past its time is not there, whether the sweep came by or not. */
  get(token: string): Session | undefined {
    const session = this.#sessions.get(token)
    if (session === undefined || !this.#isPast(session)) return session
    this.end(session, 'expired')
    return undefined
  }

  /** The sessions of an identity. */
  of(identity: string): readonly Session[] {
    if (this.#byIdentity === undefined) {
      this.#byIdentity = new Map()
      for (const session of this.#sessions.values()) this.#index(session, this.#byIdentity)
    }
    return [...(this.#byIdentity.get(identity) ?? [])]
  }

  add(session: Session): void {
    this.#sessions.set(session.token, session)
    if (this.#byIdentity !== undefined) this.#index(session, this.#byIdentity)
  }

  end(session: Session, reason: 'bye' | 'expired' | 'not-resumable' | 'closing'): void {
    if (this.#sessions.get(session.token) === session) this.#sessions.delete(session.token)
    this.#unindex(session)
    this.#detached.remove(session)
    if (session.ended) return
    session.end()
    if (this.#observer.has('session-ended')) {
      this.#observer.emit('session-ended', { identity: session.identity, reason })
    }
  }

  /** A session lost its socket, which was of this address; one that is too many of the address ends. */
  detached(session: Session, address: string): void {
    const tooMany = session.ended ? undefined : this.#detached.add(session, address)
    if (tooMany !== undefined) this.end(tooMany, 'expired')
  }

  /** A session is on a socket again. */
  attached(session: Session): void {
    this.#detached.remove(session)
  }

  /** Ends sessions that have been without a socket for `resumeMs`. */
  sweep(): void {
    for (const session of this.#sessions.values()) if (this.#isPast(session)) this.end(session, 'expired')
  }

  #isPast({ detachedAt }: Session): boolean {
    return detachedAt !== undefined && this.#clock.now() - detachedAt >= this.#resumeMs
  }

  #index(session: Session, byIdentity: Map<string, Set<Session>>): void {
    const { identity } = session
    const own = byIdentity.get(identity)
    if (own === undefined) byIdentity.set(identity, new Set([session]))
    else own.add(session)
  }

  #unindex(session: Session): void {
    const own = this.#byIdentity?.get(session.identity)
    if (own?.delete(session) && own.size === 0) this.#byIdentity?.delete(session.identity)
  }
}
