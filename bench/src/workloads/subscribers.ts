import type { ClientContext } from '../harness/client-side.js'
import type { ServerContext } from '../harness/server-side.js'
import { FeedChecker, makeFeedEvent } from '../task/feed.js'

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** What to publish: `turns` turns of the event loop with `burst` events in each, numbered from `firstSeq`. */
export interface PublishRequest {
  firstSeq: number
  turns: number
  burst: number
}

/** Server command: publishes and resolves when the last turn is over. */
export async function publish({ server }: ServerContext, { firstSeq, turns, burst }: PublishRequest): Promise<void> {
  let seq = firstSeq
  for (let turn = 0; turn < turns; turn++) {
    const published: unknown[] = []
    for (let index = 0; index < burst; index++) published.push(server.publish(makeFeedEvent(seq++)))
    // A publish that fails must fail the run. The turn goes on without waiting for the one before it.
    await Promise.all([nextTurn(), ...published])
  }
}

/** The subscribers in the client's process, each with its own check of what it receives. */
export class Subscribers {
  readonly #checkers: FeedChecker[] = []
  #failure: Error | undefined
  #waiting: { seq: number; resolve(): void; reject(error: Error): void } | undefined
  #behind = 0

  /** The subscribers of this client process. */
  static of({ state }: ClientContext): Subscribers {
    const kept = state.get('subscribers')
    if (kept instanceof Subscribers) return kept
    const made = new Subscribers()
    state.set('subscribers', made)
    return made
  }

  /** Opens connections with a subscription each, 50 at a time. */
  async open(context: ClientContext, count: number): Promise<void> {
    const width = Math.min(50, count)
    let left = count
    const lane = async (): Promise<void> => {
      while (left-- > 0) await this.#openOne(context)
    }
    await Promise.all(Array.from({ length: width }, lane))
  }

  /** Resolves when every subscriber has received the event `seq`, and so every one before it. */
  delivered(seq: number): Promise<void> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure)
    this.#behind = this.#checkers.filter((checker) => checker.lastSeq < seq).length
    if (this.#behind === 0) return Promise.resolve()
    return new Promise((resolve, reject) => {
      this.#waiting = { seq, resolve, reject }
    })
  }

  async #openOne(context: ClientContext): Promise<void> {
    const checker = new FeedChecker()
    this.#checkers.push(checker)
    const connection = await context.connect()
    await connection.subscribe((event) => {
      try {
        checker.receive(event)
        if (this.#waiting !== undefined && event.seq === this.#waiting.seq && --this.#behind === 0)
          this.#waiting.resolve()
      } catch (error) {
        // Thrown to the library it might be swallowed there.
        this.#failure = error instanceof Error ? error : new Error(String(error))
        this.#waiting?.reject(this.#failure)
      }
    })
  }
}

/** Client commands of the workloads with subscribers. */
export const subscriberCommands = {
  open: (context: ClientContext, count: number) => Subscribers.of(context).open(context, count),
  delivered: (context: ClientContext, seq: number) => Subscribers.of(context).delivered(seq),
}
