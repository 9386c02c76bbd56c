/**
 * One running query or mutation: input → middleware → handler → output → answer.
 *
 * Not a subscription (stream.ts). It is itself what its handler is given, so that a call costs one object; members that
 * are not for handlers start with `~`.
 * Rule: answered exactly once; its slot is held until the handler has settled (P5.4).
 * @see spec/PROTOCOL.md#5-calls
 */

import { type EncodedPayload, type Publish, TrunklineError, validate } from '@trunkline/core'
import { type CallFrame, DEFAULT_TIMEOUT_MS, writeError, writeOk } from '@trunkline/core/protocol'
import { builtInError } from './built-in-error.js'
import type { Expirable } from './deadlines.js'
import { handlerKey, type OnceOptions, onceOptions, publishOf, runOnce } from './idempotency.js'
import type { Outcome } from './key-store.js'
import { encodeValue, payloadError, payloadLength, writePayload } from './payload.js'
import { runProcedure, type Scope } from './procedure-run.js'
import { refusedFate } from './refuse-call.js'
import type { CompiledProcedure } from './routes.js'
import type { Session } from './session.js'
import { abortReason, internalError, toWireError } from './wire-error.js'

export class Call implements Scope, Expirable {
  input: unknown
  ctx: unknown
  readonly errors: object | undefined
  readonly path: string
  readonly lastEventId: undefined
  deadlineBucket = 0
  readonly '~session': Session
  readonly '~procedure': CompiledProcedure
  readonly '~id': number
  '~answered' = false
  '~settled' = false
  '~handlerStarted' = false
  '~timed' = false
  '~controller': AbortController | undefined
  /** What an idempotent call is known by. */
  '~once': OnceOptions | undefined
  /** Set while this call is the first run of its key: keeps the outcome before it is sent. */
  '~store': ((outcome: Outcome, length: number) => void) | undefined

  constructor(session: Session, procedure: CompiledProcedure, id: number) {
    this['~session'] = session
    this['~procedure'] = procedure
    this['~id'] = id
    this.input = undefined
    this.ctx = session.ctx
    this.errors = procedure.errors
    this.path = procedure.path
    this.lastEventId = undefined
    this['~controller'] = undefined
    this['~once'] = undefined
    this['~store'] = undefined
  }

  get signal(): AbortSignal {
    this['~controller'] ??= new AbortController()
    return this['~controller'].signal
  }

  get publish(): Publish {
    const { services } = this['~session']
    return this['~once'] === undefined ? services.publish : publishOf(this['~once'], services)
  }

  get '~middlewarePublish'(): Publish {
    return this['~session'].services.publish
  }

  get idempotencyKey(): string | undefined {
    const once = this['~once']
    return once === undefined ? undefined : handlerKey(once.key)
  }

  get meta(): Readonly<Record<string, unknown>> {
    return this['~procedure'].definition.meta
  }

  /** Runs the call. `timeoutMs` begins to count when the call does not settle at once. */
  '~start'(frame: CallFrame): void {
    try {
      const { codec } = this['~session'].services
      const { input: schema, idempotent } = this['~procedure'].definition
      // Before the payload is decoded, which may build of it in place.
      if (idempotent !== undefined) this['~once'] = onceOptions(frame, this['~session'], idempotent.onLost)
      const decoded = codec.decode(frame.data, frame.meta, frame.bytes)
      const input = schema === undefined ? decoded : validate(schema, decoded, this['~procedure'].inputName)
      if (input instanceof Promise) {
        this['~waitUntilDeadline'](frame.timeoutMs)
        input.then(
          (value) => this['~run'](value, frame.timeoutMs),
          (error: unknown) => this['~fail'](error),
        )
      } else {
        this['~run'](input, frame.timeoutMs)
      }
    } catch (error) {
      this['~fail'](payloadError(error, this['~procedure'].inputName))
    }
  }

  '~run'(input: unknown, timeoutMs: number | undefined): void {
    if (this['~answered']) return this['~settle']()
    this.input = input
    try {
      const output = runProcedure(this['~procedure'], this, enter)
      // A thenable of another realm or library is a promise too.
      if (typeof output === 'object' && output !== null && 'then' in output && typeof output.then === 'function') {
        this['~waitUntilDeadline'](timeoutMs)
        ;(output as Promise<unknown>).then(
          (value) => this['~finish'](value),
          (error: unknown) => this['~fail'](error),
        )
      } else {
        this['~finish'](output)
      }
    } catch (error) {
      this['~fail'](error)
    }
  }

  '~finish'(output: unknown): void {
    const { output: schema } = this['~procedure'].definition
    // What is kept for repeats is checked, also when nobody waits any more: they get nothing that the first would not.
    const isKept = this['~store'] !== undefined
    if (schema === undefined || (this['~answered'] && !isKept)) return this['~succeed'](output)
    try {
      const checked = validate(schema, output, this['~procedure'].outputName)
      if (checked instanceof Promise) {
        checked.then(
          (value) => this['~succeed'](value),
          (error: unknown) => this['~failInternally'](error),
        )
      } else {
        this['~succeed'](checked)
      }
    } catch (error) {
      this['~failInternally'](error)
    }
  }

  '~succeed'(output: unknown): void {
    if (!this['~answered'] || this['~store'] !== undefined) {
      try {
        const payload = encodeValue(this['~session'].services.codec, output)
        if (payload instanceof Promise) return this['~succeedLater'](payload)
        if (typeof payload === 'string' && this['~store'] === undefined) {
          this['~answered'] = true
          this['~session'].send(writeOk(this['~id'], payload))
        } else this['~answer']((id) => writePayload(payload, (text) => writeOk(id, text)), payloadLength(payload))
      } catch (error) {
        return this['~failInternally'](error)
      }
    }
    this['~settle']()
  }

  /** The answer holds Blobs, which are being read. */
  '~succeedLater'(reading: Promise<EncodedPayload>): void {
    reading.then(
      (payload) => {
        this['~answer']((id) => writePayload(payload, (text) => writeOk(id, text)), payloadLength(payload))
        this['~settle']()
      },
      (error: unknown) => this['~failInternally'](error),
    )
  }

  /** A value was thrown on the way: by validation, middleware, handler. */
  '~fail'(thrown: unknown): void {
    const at = this['~at']()
    toWireError(
      abortReason(thrown, this['~controller']?.signal),
      { ...at, declared: this['~procedure'].definition.errors },
      this['~session'].services.observer,
    ).then(
      (error) => this['~answerError'](error),
      (error: unknown) => this['~failInternally'](error),
    )
  }

  /** The server itself is at fault: the output does not match its schema, or cannot be encoded. */
  '~failInternally'(error: unknown): void {
    this['~answerError'](internalError(error, this['~at'](), this['~session'].services.observer))
  }

  '~answerError'(thrown: TrunklineError): void {
    const { codec, observer } = this['~session'].services
    const isRefusedNow = thrown.fate === 'rejected' && this['~once']?.resend === true
    const error = isRefusedNow
      ? new TrunklineError(thrown.code, thrown.message, { ...thrown, fate: refusedFate(true) })
      : thrown
    if (!this['~answered']) observer.callFailed(this.path, this['~session'].identity, error.code)
    try {
      const payload = codec.encode(error.data)
      this['~answer']((id) => writePayload(payload, (text) => writeError(id, error, text)), payloadLength(payload))
    } catch (cause) {
      const internal = internalError(cause, this['~at'](), observer)
      this['~answer']((id) => writeError(id, internal, ''), 0)
    }
    this['~settle']()
  }

  '~answer'(write: Outcome, length: number): void {
    this['~store']?.(write, length)
    if (this['~answered']) return
    this['~answered'] = true
    this['~session'].send(write(this['~id']))
  }

  '~at'(): { path: string; identity: string; handlerStarted: boolean } {
    return { path: this.path, identity: this['~session'].identity, handlerStarted: this['~handlerStarted'] }
  }

  /** The handler has settled: the slot is free. */
  '~settle'(): void {
    if (this['~settled']) return
    this['~settled'] = true
    if (this['~timed']) this['~session'].services.deadlines.remove(this)
    this['~session'].releaseCall(this['~id'])
  }

  '~waitUntilDeadline'(timeoutMs: number | undefined): void {
    if (this['~timed']) return
    this['~timed'] = true
    this['~session'].services.deadlines.add(this, timeoutMs ?? DEFAULT_TIMEOUT_MS)
  }

  /** The deadline passed (P5.4). */
  expire(): void {
    this['~giveUp'](builtInError('TIMEOUT', { path: this.path }))
  }

  /** The caller gave the call up (P5.3). */
  cancel(): void {
    this['~giveUp'](builtInError('CANCELLED', { path: this.path }))
  }

  /** The session is gone: nobody can be answered. An idempotent call goes on: its key may be asked for. */
  abandon(): void {
    this['~answered'] = true
    this['~once']?.leave?.()
    if (this['~once'] === undefined) this['~abort'](builtInError('CONNECTION_LOST', { path: this.path }))
  }

  '~giveUp'(error: TrunklineError): void {
    if (this['~answered']) return
    this['~answered'] = true
    const fated = new TrunklineError(error.code, error.message, {
      path: this.path,
      fate: this['~handlerStarted'] ? 'maybe-executed' : refusedFate(this['~once']?.resend === true),
    })
    this['~session'].services.observer.callFailed(this.path, this['~session'].identity, error.code)
    this['~session'].send(writeError(this['~id'], fated, ''))
    this['~abort'](error)
    this['~once']?.leave?.()
  }

  /** Also where nobody has read `signal` yet: who reads it later must find it aborted. */
  '~abort'(error: TrunklineError): void {
    this['~controller'] ??= new AbortController()
    this['~controller'].abort(error)
  }
}

/** The innermost step: from here on nobody can say that nothing ran. */
function enter(scope: Scope): unknown {
  // Only '~run' passes this function on, with itself as the scope.
  const call = scope as Call
  if (call['~once'] !== undefined) return runOnce(call, call['~once'])
  call['~handlerStarted'] = true
  // Its argument types were checked where the procedure was declared.
  return call['~procedure'].handler(call as never)
}
