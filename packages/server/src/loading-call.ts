/**
 * A call whose router is being loaded.
 *
 * Not a running one: start-call.ts makes that of its frame once its procedure is there. Rule: it is under the rules of a
 * running call. It holds a slot until the load has settled, can be cancelled, and has its deadline (P5.3, P5.4).
 */
import { randomUUID } from 'node:crypto'
import { TrunklineError } from '@trunkline/core'
import { type CallFrame, DEFAULT_TIMEOUT_MS } from '@trunkline/core/protocol'
import { builtInError } from './built-in-error.js'
import type { Expirable } from './deadlines.js'
import { refuseCall } from './refuse-call.js'
import type { CompiledProcedure } from './routes.js'
import type { Session } from './session.js'

export class LoadingCall implements Expirable {
  deadlineBucket = 0
  readonly #session: Session
  readonly #frame: CallFrame
  readonly #startedAt: number
  #isOver = false

  constructor(session: Session, frame: CallFrame) {
    this.#session = session
    this.#frame = frame
    this.#startedAt = session.services.clock.now()
  }

  /** Waits for the procedure; `run` is called with it and with the frame as it is then, unless the call was given up. */
  wait(
    loading: Promise<CompiledProcedure | undefined>,
    run: (procedure: CompiledProcedure | undefined, frame: CallFrame) => void,
  ): void {
    const { services } = this.#session
    const { id, kind, path, timeoutMs = DEFAULT_TIMEOUT_MS } = this.#frame
    const slot = kind === 'subscribe' ? 'streams' : 'calls'
    this.#session[slot] += 1
    this.#session.add(id, this)
    if (kind !== 'subscribe') services.deadlines.add(this, timeoutMs)
    loading.then(
      (procedure) => {
        this.#leave(slot)
        if (this.#isOver) return
        const leftMs = Math.max(1, timeoutMs - (services.clock.now() - this.#startedAt))
        run(procedure, kind === 'subscribe' ? this.#frame : { ...this.#frame, timeoutMs: leftMs })
      },
      (error: unknown) => {
        this.#leave(slot)
        const correlationId = randomUUID()
        services.observer.handlerFailed(path, this.#session.identity, correlationId, error)
        this.#giveUp(
          error instanceof TrunklineError && error.code === 'TIMEOUT'
            ? error
            : new TrunklineError('INTERNAL', 'The router of this path could not be loaded.', { correlationId }),
        )
      },
    )
  }

  #leave(slot: 'calls' | 'streams'): void {
    this.#session.services.deadlines.remove(this)
    this.#session.releaseLoading(this.#frame.id, slot)
  }

  /** The deadline passed (P5.4). */
  expire(): void {
    this.#giveUp(builtInError('TIMEOUT'))
  }

  /** The caller gave the call up (P5.3). */
  cancel(): void {
    this.#giveUp(builtInError('CANCELLED'))
  }

  /** The session is gone: nobody can be answered, and nothing has to run. */
  abandon(): void {
    this.#isOver = true
  }

  #giveUp({ code, message, correlationId }: TrunklineError): void {
    if (this.#isOver) return
    this.#isOver = true
    refuseCall(this.#frame, this.#session, code, message, correlationId)
  }
}
