/**
 * What a node takes from the broker for one topic: every event once, in order, without a hole.
 *
 * Not delivery (fan-out.ts), and not the tables of `latest` topics (table-intake.ts). Rule: an event is taken only if it
 * follows the last one by offset and by tag; anything else is settled by one read with proof, and what that cannot give is
 * a gap.
 */
import type { Clock, Gap, Position } from '@trunkline/core'
import type { Broker, LogEntry } from './broker.js'
import { type BrokerPage, type FramedEntry, frameEntry, frameEphemeral } from './framed-entry.js'
import { HeardEntries } from './heard-entries.js'
import { Listening } from './listening.js'
import type { Reader } from './reader.js'

/** Where what was taken goes. */
export interface IntakeSink {
  onEntry(entry: FramedEntry): void
  onEphemeral(frame: string | Uint8Array): void
  onGap(gap: Gap): void
  /** The tag of an event that was taken, as far back as it is known. */
  tagAt(offset: number): string | undefined
  whenFlushed(): Promise<void>
  /** A read failed, takes long (then there is no `error`), or succeeded. */
  onProved(isProved: boolean, error?: unknown): void
}

/** What an intake needs. */
export interface IntakeOptions {
  readonly broker: Broker
  readonly clock: Clock
  readonly key: string
  readonly as: number
  readonly reader: Reader
  readonly sink: IntakeSink
}

export class Intake {
  readonly #options: IntakeOptions
  readonly #heard: HeardEntries<LogEntry, BrokerPage>
  readonly #listening = new Listening()
  #epoch = ''
  #offset = 0
  #tag = ''

  constructor(options: IntakeOptions) {
    const { clock, reader, sink } = options
    this.#options = options
    this.#heard = new HeardEntries({
      clock,
      read: () => reader.readFresh(this.position),
      apply: (page) => this.#apply(page),
      take: (entry) => this.#take(entry),
      isPast: (entry) => entry.epoch === this.#epoch && entry.offset <= this.#offset,
      whenFlushed: () => sink.whenFlushed(),
      onProved: (isProved, error) => sink.onProved(isProved, error),
    })
  }

  /** The position of the last event that was taken. */
  get position(): Position {
    return { epoch: this.#epoch, offset: this.#offset, tag: this.#tag }
  }

  /**
   * Listens to the broker and, for a topic that is kept, finds its newest position.
   *
   * @throws TrunklineError `BROKER_UNAVAILABLE`.
   */
  async open(isKept: boolean): Promise<Position | undefined> {
    const { broker, clock, key, as, reader, sink } = this.#options
    await this.#listening.open(broker, clock, key, {
      onEntry: (entry) => this.#heard.hear(entry),
      onEphemeral: (payload) => sink.onEphemeral(frameEphemeral(as, payload)),
    })
    if (!isKept) return undefined
    // Listening first, reading then: what is accepted in between is heard.
    const { top } = await reader.readFresh({ last: 0 })
    this.#moveTo(top)
    return top
  }

  /** Takes what was heard while the topic opened. Call when the sink knows the position that `open` gave. */
  start(): void {
    this.#heard.start()
  }

  /**
   * Reads everything that the broker has after the last event, with proof. Never rejects; resolves when what it brought
   * has been handed out. While the broker does not answer it tries on.
   */
  repair(): Promise<void> {
    return this.#heard.repair()
  }

  close(): void {
    this.#listening.close()
    this.#heard.close()
  }

  /** Takes an entry if it is the next one. False where only the broker can tell what it means. */
  #take(entry: LogEntry): boolean {
    const { as, sink } = this.#options
    if (entry.epoch !== this.#epoch) return false
    if (entry.offset === this.#offset + 1 && entry.previousTag === this.#tag) {
      this.#offset = entry.offset
      this.#tag = entry.tag
      sink.onEntry(frameEntry(as, entry))
      return true
    }
    return entry.offset <= this.#offset && sink.tagAt(entry.offset) === entry.tag
  }

  /** Takes a page that follows the last event. */
  #apply(page: BrokerPage): { readonly hasMoved: boolean; readonly hasMore: boolean } {
    const { sink } = this.#options
    if (page.gap !== undefined) {
      this.#moveTo(page.gap.position)
      sink.onGap(page.gap)
    }
    for (const entry of page.entries) {
      this.#offset = entry.offset
      this.#tag = entry.tag
      sink.onEntry(entry)
    }
    return {
      hasMoved: page.gap !== undefined || page.entries.length > 0,
      hasMore: page.top.epoch !== this.#epoch || page.top.offset > this.#offset,
    }
  }

  #moveTo(position: Position): void {
    this.#epoch = position.epoch
    this.#offset = position.offset
    this.#tag = position.tag
  }
}
