/**
 * What is wrong with a payload, and where.
 *
 * Not an error that an app sees: the callers of a codec turn it into a TrunklineError with a code and a fate.
 * Rule: it holds no value of the payload, only the keys that lead to the place and the names of types.
 */
import type { EncodedPayload } from './codec.js'

const MAX_SHOWN_LENGTH = 200

/** A payload that a codec refuses, on its way out or in. */
export class PayloadError extends Error {
  override readonly name: string = 'PayloadError'
  /**
   * Keys from the root of the payload to the place, dots between them: `user.tags.0`. Empty for the root itself; at most
   * 200 characters, for keys can be as long as the payload.
   */
  readonly path: string

  constructor(path: string, problem: string, cause?: unknown) {
    const shown = path.length > MAX_SHOWN_LENGTH ? `${path.slice(0, MAX_SHOWN_LENGTH - 1)}…` : path
    super(`${shown || 'payload'}: ${problem}`, { cause })
    this.path = shown
  }
}

/** A payload whose only problem is that Blobs or Files in it were not read yet, which takes time. */
export class UnreadBlobError extends PayloadError {
  /**
   * Reads them and encodes the value as it is then.
   *
   * Rejects with what `arrayBuffer()` of a Blob rejects with, such as for a file that changed since it was picked.
   */
  readonly read: () => Promise<EncodedPayload>

  constructor(read: () => Promise<EncodedPayload>) {
    super('', 'expected Blobs that were read')
    this.read = read
  }
}

/** The error itself where it is a PayloadError; else one that says nothing of it and has it as its cause. */
export function toPayloadError(error: unknown): PayloadError {
  return error instanceof PayloadError ? error : new PayloadError('', 'expected values that can be read', error)
}
