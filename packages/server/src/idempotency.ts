/**
 * Runs an idempotent mutation once per key (P5.8).
 *
 * Not a cache of queries. Rule: the claim is the innermost step, so authentication and middleware run on repeats; another
 * input under the same key is refused.
 */

import { createHash } from 'node:crypto'
import { type Publish, TrunklineError } from '@trunkline/core'
import type { CallFrame } from '@trunkline/core/protocol'
import { builtInError } from './built-in-error.js'
import type { Call } from './call.js'
import { digest } from './digest.js'
import type { KeyEntry, Outcome } from './key-store.js'
import type { Services } from './services.js'
import type { Session } from './session.js'

/** What an idempotent call is known by. */
export interface OnceOptions {
  readonly key: string
  /** Tells another input under one key apart. */
  readonly input: string
  readonly resend: boolean
  /** The key store's epoch when the call was first sent; `undefined` in a first try. */
  readonly keys: string | undefined
  readonly onLost: 'fail' | 'rerun'
  /** Identity, path and key; set while this call is the run of its key. */
  scope: string | undefined
  /** What its handler publishes with; made when it asks for it. */
  publish: Publish | undefined
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
    scope: undefined,
    publish: undefined,
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

/** A session token with an id: what a client calls a mutation that it gave no key of the app (P5.8). */
const TOKEN_AND_ID = /^[\w-]{22}:\d+$/

/** What the handler sees of a key. It may store that, and the session token is a secret (P12.3). */
export function handlerKey(key: string): string {
  return TOKEN_AND_ID.test(key) ? digest(key) : key
}

/** Runs the handler, or answers with what an earlier run of the same key gave. */
export function runOnce(call: Call, once: OnceOptions): unknown {
  const { identity, services } = call['~session']
  const { keys } = services
  const scope = JSON.stringify([identity, call.path, once.key])
  const known = keys.get(scope)
  if (known !== undefined) return repeat(call, known, once)
  if (once.resend && once.keys !== keys.epochOf(identity) && once.onLost === 'fail') throw lost(call)
  const entry = keys.claim(identity, scope, once.input)
  if (typeof entry === 'string') throw noRoom(entry, services.limits.maxIdempotencyKeys)
  call['~store'] = (outcome, length) => keys.settle(entry, outcome, length)
  once.scope = scope
  call['~handlerStarted'] = true
  // Its argument types were checked where the procedure was declared.
  return call['~procedure'].handler(call as never)
}

function noRoom(reason: 'full' | 'share', maxIdempotencyKeys: number): TrunklineError {
  return new TrunklineError(
    'LIMIT_EXCEEDED',
    reason === 'full'
      ? `${maxIdempotencyKeys} idempotent mutations are running already (maxIdempotencyKeys).`
      : `${Math.ceil(maxIdempotencyKeys / 2)} idempotent mutations of this identity are running already, half of maxIdempotencyKeys.`,
  )
}

/** What a handler publishes with, if it is the run of a key. */
export function publishOf(once: OnceOptions, { publish, publishAs }: Services): Publish {
  if (once.scope === undefined) return publish
  once.publish ??= publishAs(eventIds(once.scope))
  return once.publish
}

/**
 * Ids for what a run publishes: the same ones in another run of the key, which publishes nothing twice by it. Counted for each
 * topic, so that what is published on one does not depend on the others.
 */
function eventIds(scope: string): (topicKey: string) => string {
  const prefix = digest(scope)
  const counts = new Map<string, number>()
  return (topicKey) => {
    const count = (counts.get(topicKey) ?? 0) + 1
    counts.set(topicKey, count)
    return `${prefix}:${count}`
  }
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
