/**
 * Who may open a socket: origin, path, rate and connections per address (P1.3).
 *
 * Not authentication. Rule: a refusal happens before the upgrade and costs no connection.
 */
import type { IncomingMessage } from 'node:http'
import { addressBlock } from './address-block.js'
import type { AllowedOrigins, Limits } from './options.js'
import { TokenBucket } from './token-bucket.js'

/** An HTTP answer instead of an upgrade. */
export interface Refusal {
  readonly status: 403 | 404 | 503
  readonly reason: 'origin' | 'path' | 'rate' | 'address-limit' | 'closing'
  readonly retryAfterSeconds?: number
}

/** Connections of one address, or of one IPv6 network: see address-block.ts. */
interface AddressCount {
  open: number
  unauthenticated: number
}

export class Admission {
  readonly #limits: Limits
  readonly #origins: AllowedOrigins
  readonly #addresses = new Map<string, AddressCount>()
  readonly #handshakes: TokenBucket

  constructor(limits: Limits, origins: AllowedOrigins, now: number) {
    this.#limits = limits
    this.#origins = origins
    this.#handshakes = new TokenBucket(limits.handshakesPerSecond, limits.handshakesPerSecond * 4, now)
  }

  /**
   * Why a handshake is refused; undefined when it may go on.
   *
   * @throws what the app's `origins` throws; TypeError when it is asynchronous.
   */
  check(request: IncomingMessage, address: string, now: number): Refusal | undefined {
    if (!this.#isAllowedOrigin(request)) return { status: 403, reason: 'origin' }
    const count = this.#addresses.get(addressBlock(address))
    if (
      count !== undefined &&
      (count.open >= this.#limits.maxConnectionsPerAddress ||
        count.unauthenticated >= this.#limits.maxUnauthenticatedPerAddress)
    ) {
      return { status: 503, reason: 'address-limit', retryAfterSeconds: 5 }
    }
    // The last question, for only who comes in counts: an address over its limit would else keep all others out.
    if (!this.#handshakes.has(now)) return { status: 503, reason: 'rate', retryAfterSeconds: 1 }
    this.#handshakes.take(1, now)
    return undefined
  }

  opened(address: string): void {
    const block = addressBlock(address)
    const count = this.#addresses.get(block)
    if (count === undefined) this.#addresses.set(block, { open: 1, unauthenticated: 1 })
    else {
      count.open += 1
      count.unauthenticated += 1
    }
  }

  authenticated(address: string): void {
    const count = this.#addresses.get(addressBlock(address))
    if (count !== undefined) count.unauthenticated -= 1
  }

  closed(address: string, wasAuthenticated: boolean): void {
    const block = addressBlock(address)
    const count = this.#addresses.get(block)
    if (count === undefined) return
    count.open -= 1
    if (!wasAuthenticated) count.unauthenticated -= 1
    if (count.open === 0) this.#addresses.delete(block)
  }

  #isAllowedOrigin(request: IncomingMessage): boolean {
    const { origin, host } = request.headers
    // Only browsers send it, and they always do.
    if (origin === undefined) return true
    if (typeof this.#origins === 'function') return isTrue(this.#origins(origin, request))
    return this.#origins?.includes(origin) === true || (host !== undefined && hostOf(origin) === host)
  }
}

/** Anything else than true is a no; the types do not let a promise through, JavaScript does. */
function isTrue(answer: unknown): boolean {
  if (!(answer instanceof Promise)) return answer === true
  // One that rejects and that nobody looks at would end the process.
  answer.catch(() => {})
  throw new TypeError('`origins` must answer true or false at once: it gave a promise.')
}

function hostOf(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined
}

/** The peer's address; with `hops` proxies in front, the entry that the outermost of them appended. */
export function addressOf(request: IncomingMessage, hops: number): string {
  const direct = request.socket.remoteAddress ?? ''
  if (hops === 0) return direct
  const header = request.headers['x-forwarded-for']
  const entries = (Array.isArray(header) ? header.join(',') : (header ?? '')).split(',').map((entry) => entry.trim())
  const entry = entries[entries.length - hops]
  return entry === undefined || entry === '' ? direct : entry
}
