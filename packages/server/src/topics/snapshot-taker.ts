/**
 * Joins a state and the events after it without a hole (P6.12).
 *
 * Not the snapshot: that is the app's, for one subscriber. Rule: the position comes first, then the snapshot, then every
 * event after the position; a state whose place cannot be joined to what is kept is taken again.
 */
import { type Clock, type EncodedPayload, type Position, TrunklineError } from '@trunkline/core'
import type { FramedPage, PageReader } from './framed-entry.js'
import { Pause, retryDelayMs } from './retry.js'
import type { TopicSubscription } from './subscription.js'

/** How long an app may take for one snapshot, in milliseconds. */
export const SNAPSHOT_TIMEOUT_MS = 30_000
/** Snapshots of one topic that are taken at once: after a failover everybody needs one. */
const MAX_PARALLEL = 16
/** Tries to join a snapshot to a history that is let go faster than snapshots are taken. */
const MAX_TRIES = 5

/** A state with what follows it. */
export interface TakenSnapshot {
  readonly payload: EncodedPayload
  /** The events after the state; has no gap. */
  readonly page: FramedPage
}

/** What taking snapshots needs of its topic. */
export interface SnapshotTakerOptions {
  readonly clock: Clock
  readonly reader: PageReader
  /** The position that every live subscriber has. */
  readonly position: () => Position
}

export class SnapshotTaker {
  readonly #options: SnapshotTakerOptions
  #running = 0
  #waiting: (() => void)[] = []

  constructor(options: SnapshotTakerOptions) {
    this.#options = options
  }

  /**
   * Takes a snapshot for a subscription and reads what follows it.
   *
   * @returns `undefined` when the subscription was closed meanwhile.
   * @throws TrunklineError `TIMEOUT`, `BROKER_UNAVAILABLE`, `INTERNAL` when it cannot be joined; whatever `takeSnapshot`
   *   throws.
   */
  async take(subscription: TopicSubscription): Promise<TakenSnapshot | undefined> {
    const { clock } = this.#options
    for (let attempt = 0; attempt < MAX_TRIES; attempt++) {
      const taken = await this.#inTurn(() => this.#try(subscription))
      if (taken === undefined || subscription.isClosed) return undefined
      if (taken.page.gap === undefined) return taken
      const pause = new Pause()
      subscription.onClose = () => pause.end()
      await pause.wait(clock, retryDelayMs(attempt))
      subscription.onClose = undefined
    }
    throw new TrunklineError('INTERNAL', 'The snapshot is older than the oldest event that is kept.')
  }

  async #try(subscription: TopicSubscription): Promise<TakenSnapshot | undefined> {
    const { takeSnapshot } = subscription.request
    if (takeSnapshot === undefined || subscription.isClosed) return undefined
    const position = this.#options.position()
    const { payload, position: at } = await this.#withDeadline(subscription, (signal) => takeSnapshot(position, signal))
    const page = await this.#after(at)
    // The place is one of a history that is no more; but every effect up to `position` is in the state all the same.
    const isElsewhere = page.gap?.reason === 'epoch' || page.gap?.reason === 'rewound'
    return { payload, page: isElsewhere && at !== position ? await this.#after(position) : page }
  }

  async #after(position: Position): Promise<FramedPage> {
    const { reader } = this.#options
    return reader.tail(position) ?? (await reader.read(position))
  }

  /** Runs with a signal that fires when the subscription ends or the time is up. */
  #withDeadline<TResult>(
    subscription: TopicSubscription,
    run: (signal: AbortSignal) => Promise<TResult>,
  ): Promise<TResult> {
    const controller = new AbortController()
    return new Promise<TResult>((resolve, reject) => {
      const giveUp = (error: TrunklineError): void => {
        settle()
        controller.abort(error)
        reject(error)
      }
      const cancel = this.#options.clock.schedule(
        () => giveUp(new TrunklineError('TIMEOUT', `The snapshot took longer than ${SNAPSHOT_TIMEOUT_MS} ms.`)),
        SNAPSHOT_TIMEOUT_MS,
      )
      const settle = (): void => {
        cancel()
        subscription.onClose = undefined
      }
      subscription.onClose = () => giveUp(new TrunklineError('CANCELLED', 'The subscription ended.'))
      run(controller.signal).finally(settle).then(resolve, reject)
    })
  }

  async #inTurn<TResult>(run: () => Promise<TResult>): Promise<TResult> {
    if (this.#running < MAX_PARALLEL) this.#running += 1
    // Whoever ends hands its place over.
    else await new Promise<void>((resolve) => this.#waiting.push(resolve))
    try {
      return await run()
    } finally {
      const next = this.#waiting.shift()
      if (next === undefined) this.#running -= 1
      else next()
    }
  }
}
