/**
 * Writes down what a subscriber of a topic is told, for the history checker.
 *
 * Not a client: its callbacks are passed to one. Rule: an entry per callback, in the order of the calls.
 */
import type { Gap, Position, Since } from '@trunkline/core'
import type { Sighting, SubscriberRecord } from './sighting.js'

/** Where an event stands: in a history, in a table, or nowhere. */
export type SeenPlace =
  | { readonly position: Position }
  | { readonly key: string; readonly version: number; readonly removed?: true | undefined }
  | undefined

/** Options of `createRecorder`. */
export interface RecorderOptions<TEvent> {
  /** What tells an event from all others; the id that it was published with. */
  readonly idOf: (event: TEvent) => string
  /** Whether an event that came with a place was ephemeral: beside a log those are told where the subscriber stands. */
  readonly isEphemeral?: ((event: TEvent) => boolean) | undefined
  /** Where the history ends at this moment, if the test can know it: then a loss before the first event is found as well. */
  readonly topOf?: (() => Position | undefined) | undefined
}

/** Options of `createSnapshotRecorder`. */
export interface SnapshotRecorderOptions<TEvent, TState> extends RecorderOptions<TEvent> {
  /** The id of the event that set each part of a state. */
  readonly partsOf: (state: TState) => Iterable<readonly [key: string, id: string]>
}

/** What one subscriber saw so far. */
export interface Recorder<TEvent> extends SubscriberRecord {
  readonly sightings: readonly Sighting[]
  /** Pass them to `subscribe`. */
  readonly callbacks: {
    readonly onEvent: (event: TEvent, place: SeenPlace) => void
    readonly onGap: (gap: Gap) => void
    readonly onStatus: (status: string) => void
  }
  /**
   * Call before `subscribe`, with the same `since`.
   *
   * @param top - where the history ends; pass it where nothing else in the same client is subscribed to this topic, since
   * one that joins others may be given events that are on their way to them.
   */
  started(since?: Since, top?: Position): void
  /** Call after `unsubscribe`. */
  ended(): void
  /** The position of the last event, gap or snapshot; pass it as `since` to go on behind it. */
  readonly position: Position | undefined
  /** The last status that was told. */
  readonly status: string | undefined
}

/** What one subscriber of a topic with a snapshot saw so far. */
export interface SnapshotRecorder<TEvent, TState> extends Omit<Recorder<TEvent>, 'callbacks'> {
  /** Pass them to `subscribe`. */
  readonly callbacks: Omit<Recorder<TEvent>['callbacks'], 'onGap'> & {
    readonly onSnapshot: (state: TState, place: { readonly position: Position }) => void
  }
}

/** Makes a recorder; `subscriber` names it in findings. */
export function createRecorder<TEvent>(subscriber: string, options: RecorderOptions<TEvent>): Recorder<TEvent> {
  const recording = new Recording(subscriber, options)
  const { onEvent, onGap, onStatus } = recording
  return Object.assign(recording, { callbacks: { onEvent, onGap, onStatus } })
}

/** Makes a recorder for a topic with a snapshot. */
export function createSnapshotRecorder<TEvent, TState>(
  subscriber: string,
  options: SnapshotRecorderOptions<TEvent, TState>,
): SnapshotRecorder<TEvent, TState> {
  const recording = new Recording(subscriber, options)
  const { onEvent, onStatus } = recording
  const onSnapshot = (state: TState, { position }: { readonly position: Position }): void =>
    recording.snapshot(position, new Map(options.partsOf(state)))
  return Object.assign(recording, { callbacks: { onEvent, onStatus, onSnapshot } })
}

class Recording<TEvent> {
  readonly subscriber: string
  readonly sightings: Sighting[] = []
  position: Position | undefined
  status: string | undefined
  readonly #options: RecorderOptions<TEvent>

  constructor(subscriber: string, options: RecorderOptions<TEvent>) {
    this.subscriber = subscriber
    this.#options = options
  }

  readonly onEvent = (event: TEvent, place: SeenPlace): void => {
    const { idOf, isEphemeral } = this.#options
    const id = idOf(event)
    if (place === undefined || isEphemeral?.(event)) this.sightings.push({ kind: 'ephemeral', id })
    else if ('key' in place) this.sightings.push({ kind: 'entry', id, key: place.key, version: place.version })
    else {
      this.position = place.position
      this.sightings.push({ kind: 'event', id, position: place.position })
    }
  }

  readonly onGap = (gap: Gap): void => {
    this.position = gap.position
    this.sightings.push({ kind: 'gap', gap })
  }

  readonly onStatus = (status: string): void => {
    this.status = status
    if (status === 'live') this.sightings.push({ kind: 'live', top: this.#options.topOf?.() })
  }

  snapshot(position: Position, state: ReadonlyMap<string, string>): void {
    this.position = position
    this.sightings.push({ kind: 'snapshot', position, state })
  }

  started(since: Since = 'now', top?: Position): void {
    this.sightings.push({ kind: 'started', since, top })
  }

  ended(): void {
    this.sightings.push({ kind: 'ended' })
  }
}
