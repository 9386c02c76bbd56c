/**
 * Writes down what a subscriber of a topic is told, for the history checker.
 *
 * Not a client: its callbacks are passed to one. Rule: an entry per callback, in the order of the calls.
 */
import type { Gap, Position, Since } from '@trunkline/core'
import type { Sighting, SubscriberRecord } from './sighting.js'

/** Options of `createRecorder`. */
export interface RecorderOptions<TEvent> {
  /** What tells an event from all others; the id that it was published with. */
  readonly idOf: (event: TEvent) => string
  /** Where the history ends at this moment, if the test can know it: then a loss before the first event is found as well. */
  readonly topOf?: (() => Position | undefined) | undefined
}

/** What one subscriber saw so far. */
export interface Recorder<TEvent> extends SubscriberRecord {
  /** Pass them to `subscribe`. */
  readonly callbacks: {
    readonly onEvent: (event: TEvent, place: { readonly position: Position }) => void
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
  /** The position of the last event or gap; pass it as `since` to go on behind it. */
  readonly position: Position | undefined
  /** The last status that was told. */
  readonly status: string | undefined
}

/** Makes a recorder; `subscriber` names it in findings. */
export function createRecorder<TEvent>(subscriber: string, options: RecorderOptions<TEvent>): Recorder<TEvent> {
  const { idOf, topOf = () => undefined } = options
  const sightings: Sighting[] = []
  let position: Position | undefined
  let status: string | undefined
  return {
    subscriber,
    sightings,
    callbacks: {
      onEvent: (event, place) => {
        position = place.position
        sightings.push({ kind: 'event', id: idOf(event), position })
      },
      onGap: (gap) => {
        position = gap.position
        sightings.push({ kind: 'gap', gap })
      },
      onStatus: (next) => {
        status = next
        if (next === 'live') sightings.push({ kind: 'live', top: topOf() })
      },
    },
    started: (since = 'now', top) => void sightings.push({ kind: 'started', since, top }),
    ended: () => void sightings.push({ kind: 'ended' }),
    get position() {
      return position
    },
    get status() {
      return status
    },
  }
}
