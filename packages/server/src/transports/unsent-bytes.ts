/**
 * How much of what was written to a socket has not left it.
 *
 * Not `writableLength`, which counts a write until the last byte of it has left: of a large message on a slow network it
 * says the same for minutes, as if nobody read. Rule: nothing of Node's inside is taken on trust; where it is not what it
 * was, what `writableLength` says holds.
 */
import type { Duplex } from 'node:stream'

/** Below this it does not matter, and asking costs more than it tells. */
const MIN_BYTES = 65_536

/** What Node keeps of a socket, private there: `writelen` is the size of the write that is under way. */
interface Inside {
  readonly _writableState?: { readonly writelen?: unknown } | undefined
  readonly _handle?: Handle | null | undefined
}

interface Handle {
  readonly writeQueueSize?: unknown
  /** Under TLS the handle of the socket itself: what it holds is encrypted, a little more than what was written. */
  readonly _parent?: Handle | null | undefined
}

/** Bytes of `length`, what waits in all, that have not left; 0 only when `length` is. */
export function unsentBytes(socket: Duplex, length: number): number {
  if (length < MIN_BYTES) return length
  // Every member is checked before it is used.
  const { _writableState: state, _handle: handle } = socket as Inside
  const underWay = state?.writelen
  const left = (handle?._parent ?? handle)?.writeQueueSize
  if (typeof underWay !== 'number' || typeof left !== 'number') return length
  return Math.max(1, length - Math.max(0, underWay - left))
}
