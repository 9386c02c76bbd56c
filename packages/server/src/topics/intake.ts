/**
 * What a node takes from the broker for one topic: every event once, in order, without a hole.
 *
 * Not delivery (fan-out.ts). What the listener hears is a hint: it may miss, repeat or come from a history that a
 * failover undid. Rule: an event is taken only if it follows the last one by offset and by tag; anything else is
 * settled by one read with proof, and what that cannot give is a gap.
 */
import type { Clock, EncodedPayload, Gap, Position } from '@trunkline/core'
import { askBroker, Pause, retryDelayMs } from './ask-broker.js'
import type { Broker, LogEntry } from './broker.js'
import { type BrokerPage, type FramedEntry, frameEntry, frameEphemeral } from './framed-entry.js'
import type { Reader } from './reader.js'

/** Entries that are kept while a read is under way; past it the read is done once more instead. */
const MAX_HEARD = 256
/** Tries to read what was heard but the broker does not give; then it was never part of the history. */
const MAX_TRIES = 6

/** Where what was taken goes. */
export interface IntakeSink {
  onEntry(entry: FramedEntry): void
  onEphemeral(frame: string | Uint8Array): void
  onGap(gap: Gap): void
  /** The tag of an event that was taken, as far back as it is known. */
  tagAt(offset: number): string | undefined
  whenFlushed(): Promise<void>
  /** A read failed, or the first one succeeded after that. */
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
  #epoch = ''
  #offset = 0
  #tag = ''
  /** What was heard and could not be taken yet, oldest first. */
  #heard: LogEntry[] = []
  /** Set while the history is being read: then the listener only adds to `#heard`. */
  #reading = true
  #again = false
  #repairing: Promise<void> = Promise.resolve()
  readonly #pause = new Pause()
  #unsubscribe: (() => void) | undefined
  #closed = false

  constructor(options: IntakeOptions) {
    this.#options = options
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
    await askBroker(clock, async () => {
      const unsubscribe = await broker.subscribe(key, {
        onEntry: (entry) => this.#hear(entry),
        onEphemeral: (payload: EncodedPayload) => sink.onEphemeral(frameEphemeral(as, payload)),
      })
      // The answer may come after nobody waits for it any more.
      if (this.#closed) unsubscribe()
      else this.#unsubscribe = unsubscribe
    })
    if (!isKept) return undefined
    // Listening first, reading then: what is accepted in between is heard.
    const { top } = await reader.readFresh({ last: 0 })
    this.#moveTo(top)
    return top
  }

  /** Takes what was heard while the topic opened. Call when the sink knows the position that `open` gave. */
  start(): void {
    this.#reading = false
    const heard = this.#heard
    this.#heard = []
    for (const entry of heard) this.#hear(entry)
  }

  /**
   * Reads everything that the broker has after the last event, with proof. Never rejects; resolves when what it brought
   * has been handed out. While the broker does not answer it tries on.
   */
  repair(): Promise<void> {
    if (this.#closed) return Promise.resolve()
    if (this.#reading) {
      // The read that is under way may have begun too early for this caller.
      this.#again = true
      return this.#repairing
    }
    this.#reading = true
    this.#repairing = this.#repair()
    return this.#repairing
  }

  close(): void {
    this.#closed = true
    this.#unsubscribe?.()
    this.#heard = []
    this.#pause.end()
  }

  #hear(entry: LogEntry): void {
    if (this.#closed) return
    if (this.#reading) {
      if (this.#heard.length >= MAX_HEARD) {
        this.#heard = []
        this.#again = true
      }
      this.#heard.push(entry)
    } else if (!this.#take(entry)) {
      this.#heard.push(entry)
      void this.repair()
    }
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

  async #repair(): Promise<void> {
    const { reader, sink, clock } = this.#options
    let attempt = 0
    do {
      this.#again = false
      const earlier = this.#heard
      this.#heard = []
      let page: BrokerPage
      try {
        page = await reader.readFresh(this.position)
      } catch (error) {
        if (this.#closed) return
        sink.onProved(false, error)
        this.#keepHeard(earlier)
        await this.#pause.wait(clock, retryDelayMs(attempt++))
        continue
      }
      if (this.#closed) return
      sink.onProved(true)
      const moved = this.#apply(page)
      if (moved) attempt = 0
      const ahead = this.#settle(earlier)
      if (ahead.length > 0 && attempt < MAX_TRIES) {
        // The broker gave less than was heard: a replica that lags, or a tail that is lost.
        this.#keepHeard(ahead)
        if (!moved) await this.#pause.wait(clock, retryDelayMs(attempt++))
      }
    } while (this.#again && !this.#closed)
    this.#reading = false
    await sink.whenFlushed()
  }

  /** Takes a page that follows the last event. True when the place moved. */
  #apply(page: BrokerPage): boolean {
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
    if (page.top.epoch !== this.#epoch || page.top.offset > this.#offset) this.#again = true
    return page.gap !== undefined || page.entries.length > 0
  }

  /**
   * Goes through what was heard, before the page that was just taken was read and during that. Gives the entries of the
   * first kind that the broker should have given; one of the second kind that is no successor asks for another read.
   */
  #settle(earlier: readonly LogEntry[]): LogEntry[] {
    const during = this.#heard
    this.#heard = []
    // An entry that is not newer than the last one was settled by the proof of that.
    const ahead = earlier.filter(
      (entry) => (entry.epoch !== this.#epoch || entry.offset > this.#offset) && !this.#take(entry),
    )
    for (const entry of during) {
      if (this.#take(entry)) continue
      this.#again = true
      this.#heard.push(entry)
    }
    return ahead
  }

  /** Another read must settle these as well. */
  #keepHeard(entries: readonly LogEntry[]): void {
    this.#heard = [...entries, ...this.#heard].slice(-MAX_HEARD)
    this.#again = true
  }

  #moveTo(position: Position): void {
    this.#epoch = position.epoch
    this.#offset = position.offset
    this.#tag = position.tag
  }
}
