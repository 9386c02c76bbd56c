/**
 * The right of one session to do one thing on one topic, as `authorize` last granted it.
 *
 * Not a judge: the app's `authorize` is. Rule: a grant is of the session's rights as they are now; if they moved while
 * `authorize` ran, it runs again (P6.15).
 */
import { isTrunklineErrorLike, type TopicAction, TrunklineError } from '@trunkline/core'
import type { CompiledTopic } from './routes.js'
import type { Session } from './session.js'
import { internalError } from './wire-error.js'

export class Grant {
  readonly #topic: CompiledTopic
  readonly #params: unknown
  readonly #action: TopicAction
  readonly #session: Session
  /** The session's rights when `authorize` last agreed; -1 before it did. */
  #generation = -1
  #asking: Promise<void> | undefined

  constructor(topic: CompiledTopic, params: unknown, action: TopicAction, session: Session) {
    this.#topic = topic
    this.#params = params
    this.#action = action
    this.#session = session
  }

  /** Whether nothing has moved since it was granted. */
  get isCurrent(): boolean {
    return this.#generation === this.#session.rightsGeneration
  }

  /**
   * Asks for it, unless it was granted and nothing has moved since: then `undefined`. Who asks at once shares an answer.
   *
   * Rejects with `FORBIDDEN`, with the TrunklineError that `authorize` threw, or with `INTERNAL` for anything else.
   */
  recheck(): Promise<void> | undefined {
    if (this.isCurrent) return undefined
    this.#asking ??= this.#ask().finally(() => {
      this.#asking = undefined
    })
    return this.#asking
  }

  async #ask(): Promise<void> {
    let generation: number
    do {
      generation = this.#session.rightsGeneration
      if (!(await this.#authorize())) throw this.#refuse()
    } while (generation !== this.#session.rightsGeneration)
    this.#generation = generation
  }

  async #authorize(): Promise<boolean> {
    const { path, definition } = this.#topic
    const { ctx, identity, services } = this.#session
    try {
      // Its argument types were checked where the topic was declared.
      return (await definition.authorize?.({ ctx, params: this.#params, action: this.#action } as never)) === true
    } catch (error) {
      if (isTrunklineErrorLike(error)) {
        // Its way of saying no, with words of its own.
        this.#tell()
        throw error
      }
      throw internalError(error, { path, identity, handlerStarted: false }, services.observer)
    }
  }

  #refuse(): TrunklineError {
    this.#tell()
    return new TrunklineError('FORBIDDEN', `Not allowed to ${this.#action} on ${this.#topic.path}.`)
  }

  #tell(): void {
    const { path } = this.#topic
    const { identity, services } = this.#session
    if (services.observer.has('topic-refused')) {
      services.observer.emit('topic-refused', { topic: path, identity, action: this.#action })
    }
  }
}
