/**
 * A place in a topic's history, with the proof that the history up to it is the same.
 *
 * Not a time and not comparable across topics. Rule: an app treats it as one opaque value that it may store as JSON.
 * @see spec/PROTOCOL.md#7-topics
 */
export interface Position {
  /** Changes when the broker cannot vouch for what came before. */
  readonly epoch: string
  /** Number of the last event before this place, counted from 1 without holes; 0 is before the first. */
  readonly offset: number
  /** First 64 bits of SHA-1 over the previous tag and the event's id, in hex: equal tags mean equal histories. */
  readonly tag: string
}

/** Where a subscription starts. `now` is the default. */
export type Since = 'now' | 'start' | { readonly last: number } | Position

/** Why events are missing. */
export type GapReason = 'epoch' | 'rewound' | 'trimmed' | 'expired'

/** Events that a subscriber did not see and cannot get any more. */
export interface Gap {
  /**
   * - `epoch`: the broker started anew.
   * - `rewound`: the broker lost events that this subscriber had seen.
   * - `trimmed`, `expired`: retention let the events go, by count or bytes, or by age.
   */
  readonly reason: GapReason
  /** How many events were missed, where known. */
  readonly missed?: number | undefined
  /** Where delivery continues. */
  readonly position: Position
}

/** Whether `value` has the shape of a position. */
export function isPosition(value: unknown): value is Position {
  return (
    typeof value === 'object' &&
    value !== null &&
    'epoch' in value &&
    typeof value.epoch === 'string' &&
    value.epoch.length <= 64 &&
    'offset' in value &&
    Number.isSafeInteger(value.offset) &&
    Number(value.offset) >= 0 &&
    'tag' in value &&
    typeof value.tag === 'string' &&
    value.tag.length <= 64
  )
}
