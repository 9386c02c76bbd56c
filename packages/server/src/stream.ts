/**
 * One running subscription: an async generator, pulled as its consumer takes items (P5.5).
 *
 * Not a topic subscription. Like Call it is itself what its handler is given.
 * Rule: never more than the window is pulled and untaken; nothing is pulled while the socket or the session's kept frames
 * are above the high-water mark, or while there is no socket.
 */

import { type EncodedPayload, type Publish, TrunklineError, validate } from '@trunkline/core'
import {
  type CallFrame,
  MAX_KEY_LENGTH,
  WINDOW_BYTES,
  WINDOW_ITEMS,
  writeEnd,
  writeError,
  writeItem,
} from '@trunkline/core/protocol'
import { builtInError } from './built-in-error.js'
import { encodeValue, payloadError, writePayload } from './payload.js'
import { runProcedure, type Scope } from './procedure-run.js'
import type { CompiledProcedure } from './routes.js'
import type { Session } from './session.js'
import { abortReason, internalError, toWireError } from './wire-error.js'

export class Stream implements Scope {
  input: unknown = undefined
  ctx: unknown
  readonly errors: object | undefined
  readonly path: string
  readonly idempotencyKey: undefined
  readonly lastEventId: string | undefined
  readonly '~session': Session
  readonly '~procedure': CompiledProcedure
  readonly '~id': number
  readonly '~controller': AbortController = new AbortController()
  '~iterator': AsyncIterator<unknown> | undefined
  '~pulling' = false
  '~answered' = false
  '~sent' = 0
  '~taken' = 0
  /** Sizes of the items that were sent and not taken: item n at (n - 1) % WINDOW_ITEMS, since no more are ever untaken. */
  '~sizes': number[] = []
  '~untakenBytes' = 0

  constructor(session: Session, procedure: CompiledProcedure, frame: CallFrame) {
    this['~session'] = session
    this['~procedure'] = procedure
    this['~id'] = frame.id
    this.ctx = session.ctx
    this.errors = procedure.errors
    this.path = procedure.path
    this.idempotencyKey = undefined
    this.lastEventId = frame.lastEventId
  }

  get signal(): AbortSignal {
    return this['~controller'].signal
  }

  get publish(): Publish {
    return this['~session'].services.publish
  }

  get meta(): Readonly<Record<string, unknown>> {
    return this['~procedure'].definition.meta
  }

  /** Runs the subscription to its end; resolves when its generator has settled. */
  async '~start'(frame: CallFrame): Promise<void> {
    try {
      this.input = await this['~readInput'](frame)
      const items: unknown = await runProcedure(this['~procedure'], this, enter)
      if (!isAsyncIterable(items)) {
        throw new TypeError(
          `The handler of ${this.path} must return an async iterable, such as an async function* gives.`,
        )
      }
      this['~iterator'] = items[Symbol.asyncIterator]()
      if (this['~answered']) await this['~stop']()
      else await this['~pull']()
    } catch (error) {
      await this['~fail'](error)
    }
  }

  async '~readInput'(frame: CallFrame): Promise<unknown> {
    const { input: schema } = this['~procedure'].definition
    try {
      const decoded = this['~session'].services.codec.decode(frame.data, frame.meta, frame.bytes)
      return schema === undefined ? decoded : await validate(schema, decoded, this['~procedure'].inputName)
    } catch (error) {
      throw payloadError(error, this['~procedure'].inputName)
    }
  }

  /** Pulls while there is credit; a later `taken` or a writable socket calls it again. */
  async '~pull'(): Promise<void> {
    const iterator = this['~iterator']
    if (iterator === undefined || this['~pulling'] || this['~answered']) return
    this['~pulling'] = true
    try {
      while (this['~hasCredit']()) {
        const result = await iterator.next()
        if (this['~answered']) break
        if (result.done) return this['~end']()
        const sending = this['~sendItem'](result.value)
        // Nothing is awaited that is done already: a promise and a turn of the microtask queue cost as much as an item.
        if (sending !== undefined) await sending
      }
    } finally {
      this['~pulling'] = false
    }
  }

  '~hasCredit'(): boolean {
    const untaken = this['~sent'] - this['~taken']
    return (
      !this['~answered'] &&
      this['~session'].canPull() &&
      (untaken === 0 || (untaken < WINDOW_ITEMS && this['~untakenBytes'] < WINDOW_BYTES && this['~session'].hasRoom()))
    )
  }

  /** Checks an item and sends it; a promise where the schema is asynchronous, or Blobs are to be read. */
  '~sendItem'(yielded: unknown): Promise<void> | undefined {
    let value = yielded
    let cursor: string | undefined
    if (isTracked(yielded)) {
      cursor = checkCursor(yielded['~tracked'], this.path)
      value = yielded.value
    }
    const { output: schema } = this['~procedure'].definition
    if (schema !== undefined) {
      let checked: unknown
      try {
        checked = validate(schema, value, `an item of ${this.path}`)
      } catch (error) {
        this['~failItem'](error)
      }
      if (checked instanceof Promise) {
        return checked.then(
          (item) => this['~sendChecked'](item, cursor),
          (error: unknown) => this['~failItem'](error),
        )
      }
      value = checked
    }
    return this['~sendChecked'](value, cursor)
  }

  '~sendChecked'(item: unknown, cursor: string | undefined): Promise<void> | undefined {
    try {
      const payload = encodeValue(this['~session'].services.codec, item)
      if (payload instanceof Promise) {
        return payload.then(
          (read) => this['~sendEncoded'](read, cursor),
          (error: unknown) => this['~failItem'](error),
        )
      }
      this['~sendEncoded'](payload, cursor)
    } catch (error) {
      this['~failItem'](error)
    }
    return undefined
  }

  '~sendEncoded'(payload: EncodedPayload, cursor: string | undefined): void {
    const frame =
      typeof payload === 'string'
        ? writeItem(this['~id'], payload, cursor)
        : writePayload(payload, (text) => writeItem(this['~id'], text, cursor))
    if (this['~answered']) return
    this['~sizes'][this['~sent'] % WINDOW_ITEMS] = frame.length
    this['~sent'] += 1
    this['~untakenBytes'] += frame.length
    this['~session'].untakenBytes += frame.length
    this['~session'].send(frame)
  }

  /** The item is the server's own fault: the caller learns no more than INTERNAL. */
  '~failItem'(error: unknown): never {
    throw internalError(error, this['~at'](), this['~session'].services.observer)
  }

  /** The client's consumer has taken items up to number `count`. False when it claims more than was sent. */
  take(count: number): boolean {
    if (count > this['~sent']) return false
    const session = this['~session']
    const wasFull = !session.hasRoom()
    for (; this['~taken'] < count; this['~taken']++) {
      const size = this['~sizes'][this['~taken'] % WINDOW_ITEMS] ?? 0
      this['~untakenBytes'] -= size
      session.untakenBytes -= size
    }
    // Others may have waited for the room that this one gives back.
    if (wasFull) session.resumeStreams()
    else this.resumePulling()
    return true
  }

  /** Something changed that may allow pulling. */
  resumePulling(): void {
    if (this['~pulling'] || !this['~hasCredit']()) return
    this['~pull']().catch((error: unknown) => this['~fail'](error))
  }

  '~end'(): void {
    if (!this['~answered']) {
      this['~answered'] = true
      this['~session'].send(writeEnd(this['~id']))
    }
    this['~session'].releaseStream(this)
  }

  async '~fail'(thrown: unknown): Promise<void> {
    const { observer, codec } = this['~session'].services
    const at = this['~at']()
    const declared = this['~procedure'].definition.errors
    const known = thrown instanceof TrunklineError && thrown.correlationId !== undefined
    const reason = abortReason(thrown, this.signal)
    const error = known ? thrown : await toWireError(reason, { ...at, declared }, observer)
    if (!this['~answered']) {
      this['~answered'] = true
      observer.callFailed(this.path, this['~session'].identity, error.code)
      let frame: string | Uint8Array
      try {
        frame = writePayload(codec.encode(error.data), (text) => writeError(this['~id'], error, text))
      } catch (cause) {
        frame = writeError(this['~id'], internalError(cause, at, observer), '')
      }
      this['~session'].send(frame)
    }
    await this['~stop']()
  }

  /** Ends the generator; the slot is held until it has settled. */
  async '~stop'(): Promise<void> {
    this['~controller'].abort()
    try {
      await this['~iterator']?.return?.()
    } catch {
      // What a generator throws while it is being ended concerns nobody: the subscription is over.
    }
    this['~session'].releaseStream(this)
  }

  /** The client gave the subscription up (P5.3). */
  cancel(): void {
    if (this['~answered']) return
    this['~answered'] = true
    this['~session'].send(writeError(this['~id'], builtInError('CANCELLED', { fate: 'executed' }), ''))
    this['~over'](builtInError('CANCELLED', { path: this.path }))
  }

  /** The session is gone. */
  abandon(): void {
    this['~answered'] = true
    this['~over'](builtInError('CONNECTION_LOST', { path: this.path }))
  }

  '~over'(error: TrunklineError): void {
    this['~controller'].abort(error)
    // A stream whose handler has not returned yet stops itself when it has (see ~start).
    if (this['~iterator'] !== undefined) void this['~stop']()
  }

  '~at'(): { path: string; identity: string; handlerStarted: boolean } {
    return { path: this.path, identity: this['~session'].identity, handlerStarted: this['~iterator'] !== undefined }
  }
}

function enter(scope: Scope): unknown {
  // Only '~start' passes this function on, with a Stream as the scope; its types were checked where it was declared.
  const stream = scope as Stream
  return stream['~procedure'].handler(stream as never)
}

function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value
}

function isTracked(value: unknown): value is { readonly '~tracked': string; readonly value: unknown } {
  return typeof value === 'object' && value !== null && '~tracked' in value && 'value' in value
}

function checkCursor(id: string, path: string): string {
  if (typeof id === 'string' && id.length > 0 && id.length <= MAX_KEY_LENGTH) return id
  throw new TypeError(`tracked() in ${path} takes an id of 1 to ${MAX_KEY_LENGTH} characters.`)
}
