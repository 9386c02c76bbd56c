/**
 * Runs an idempotent mutation once per key (P5.8).
 *
 * Not a cache of queries. Rule: the claim is the innermost step, so authentication and middleware run on repeats; another
 * input under the same key is refused.
 */

import { createHash } from 'node:crypto'
import { TrunklineError } from '@trunkline/core'
import type { CallFrame } from '@trunkline/core/protocol'
import { builtInError } from './built-in-error.js'
import type { Call } from './call.js'
import type { KeyEntry, Outcome } from './key-store.js'
import type { Session } from './session.js'

/** What an idempotent call is known by. */
export interface OnceOptions {
  /** What the handler sees as `idempotencyKey`. */
  readonly key: string
  /** Tells another input under one key apart. */
  readonly input: string
  readonly resend: boolean
  /** The key store's epoch when the call was first sent; `undefined` in a first try. */
  readonly keys: string | undefined
  readonly onLost: 'fail' | 'rerun'
  /** Set while the call waits for the first run of its key: ends that. */
  leave: (() => void) | undefined
}

/**
 * Reads from a frame what the call is known by.
 *
 * @throws TrunklineError `INVALID_INPUT` for a payload that cannot be compared with another.
 */
export function onceOptions(frame: CallFrame, session: Session, onLost: 'fail' | 'rerun' | undefined): OnceOptions {
  const hash = createHash('sha256').update(textOf(frame))
  for (const part of frame.bytes) hash.update(part)
  return {
    key: frame.key ?? `${session.token}:${frame.id}`,
    input: hash.digest('base64'),
    resend: frame.resend,
    keys: frame.keys,
    onLost: onLost ?? 'fail',
    leave: undefined,
  }
}

/** What was sent, as text. The codec has not looked at it yet: it may be nested deeper than the stack is (P2.7). */
function textOf({ data, meta, path }: CallFrame): string {
  try {
    return JSON.stringify([data, meta])
  } catch (error) {
    throw new TrunklineError('INVALID_INPUT', `input of ${path}: nested too deep.`, { cause: error })
  }
}

/** Runs the handler, or answers with what an earlier run of the same key gave. */
export function runOnce(call: Call, once: OnceOptions): unknown {
  const { keys } = call['~session'].services
  const scope = JSON.stringify([call['~session'].identity, call.path, once.key])
  const known = keys.get(scope)
  if (known !== undefined) return repeat(call, known, once)
  if (once.resend && once.keys !== keys.epoch && once.onLost === 'fail') throw lost(call)
  const entry = keys.claim(scope, once.input)
  if (entry === undefined) {
    const { maxIdempotencyKeys } = call['~session'].services.limits
    throw new TrunklineError(
      'LIMIT_EXCEEDED',
      `${maxIdempotencyKeys} idempotent mutations are running already (maxIdempotencyKeys).`,
    )
  }
  call['~store'] = (outcome, length) => keys.settle(entry, outcome, length)
  call['~handlerStarted'] = true
  // Its argument types were checked where the procedure was declared.
  return call['~procedure'].handler(call as never)
}

/** The answer to a mutation that was sent again although nobody can tell whether it ran. */
export function lost(call: { readonly path: string }): TrunklineError {
  return builtInError('CONNECTION_LOST', { path: call.path, fate: 'maybe-executed' })
}

function repeat(call: Call, known: KeyEntry, once: OnceOptions): unknown {
  if (known.input !== once.input) throw builtInError('KEY_REUSED', { path: call.path })
  if (known.outcome !== undefined) return answer(call, known.outcome)
  // The first run may do anything meanwhile: who gives up waiting for it cannot say that nothing ran.
  call['~handlerStarted'] = true
  return new Promise((resolve) => {
    const tell = (outcome: Outcome): void => resolve(answer(call, outcome))
    known.waiting.add(tell)
    once.leave = () => {
      known.waiting.delete(tell)
      resolve(undefined)
    }
  })
}

function answer(call: Call, outcome: Outcome | 'lost'): undefined {
  if (outcome === 'lost') throw builtInError('RESULT_LOST', { path: call.path })
  call['~answer'](outcome, 0)
}
