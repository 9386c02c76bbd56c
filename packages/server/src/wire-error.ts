/**
 * The one door for thrown values: from anything to an error that a caller may see.
 *
 * Rule: what is not a declared or built-in TrunklineError becomes `INTERNAL` with a correlation id, and nothing else of it
 * leaves the server.
 */

import { randomUUID } from 'node:crypto'
import { isErrorCode, isTrunklineErrorLike, type Schema, TrunklineError, validate } from '@trunkline/core'
import { builtInError } from './built-in-error.js'
import type { Observer } from './observe/observer.js'

/** Who failed, for the event. */
export interface FailedAt {
  readonly path: string
  readonly identity: string
  /** Whether the handler had been entered: then nobody can say that nothing ran. */
  readonly handlerStarted: boolean
  readonly declared: ReadonlyMap<string, Schema | null> | undefined
}

/** Errors of the app's own code, for nobody who calls it. */
const appFaults = new WeakSet<object>()

/** Notes that an error tells the app of its own mistake, whatever its code says: a caller gets `INTERNAL` instead. */
export function appFault<TError extends object>(error: TError): TError {
  appFaults.add(error)
  return error
}

/** Turns a thrown value into an error for the caller; its `data` was checked against the declared schema. */
export async function toWireError(thrown: unknown, at: FailedAt, observer: Observer): Promise<TrunklineError> {
  if (isTrunklineErrorLike(thrown) && !appFaults.has(thrown)) {
    const declared = at.declared?.get(thrown.code)
    if (declared !== undefined) {
      try {
        const data =
          declared === null ? undefined : await validate(declared, thrown.data, `error ${thrown.code} of ${at.path}`)
        return new TrunklineError(thrown.code, thrown.message, { data, fate: 'executed', path: at.path })
      } catch (error) {
        return internalError(error, at, observer)
      }
    }
    if (isErrorCode(thrown.code)) {
      if (thrown.code !== 'INTERNAL') return builtIn(thrown, at)
    } else {
      const hint = `${at.path} does not declare the error ${thrown.code}: add it with .errors({ ${thrown.code}: … }).`
      return internalError(new TypeError(hint, { cause: thrown }), at, observer)
    }
  }
  return internalError(thrown, at, observer)
}

/**
 * What was thrown, or why the signal fired where that is all that the error says.
 *
 * Timers, `fetch` and `events.on` throw an `AbortError` then: the caller left, and no handler has failed.
 */
export function abortReason(thrown: unknown, signal: AbortSignal | undefined): unknown {
  return signal?.aborted && thrown instanceof Error && thrown.name === 'AbortError' ? signal.reason : thrown
}

function builtIn(thrown: TrunklineError, at: FailedAt): TrunklineError {
  return new TrunklineError(thrown.code, thrown.message, {
    fate: at.handlerStarted ? 'executed' : thrown.fate,
    path: at.path,
    issues: thrown.issues,
    retryAfterMs: thrown.retryAfterMs,
  })
}

/** Reports an unknown failure and makes the error that the caller gets instead. */
export function internalError(error: unknown, at: Omit<FailedAt, 'declared'>, observer: Observer): TrunklineError {
  const correlationId = randomUUID()
  observer.handlerFailed(at.path, at.identity, correlationId, error)
  return builtInError('INTERNAL', {
    correlationId,
    path: at.path,
    fate: at.handlerStarted ? 'executed' : 'rejected',
  })
}
