/** A time in which this page was away, from its own point of view. */
export interface Outage {
  readonly lostAtMs: number
  /** When nothing was missing any more. */
  readonly backAtMs: number | undefined
  /** Attempts to connect so far. */
  readonly attempts: number
  /** Alarms that were raised meanwhile and delivered afterwards. */
  readonly recovered: number
  /** Whether the server said that alarms are gone for good. */
  readonly hasGap: boolean
}

export type OutageAction =
  | { readonly type: 'lost'; readonly atMs: number }
  | { readonly type: 'tried'; readonly attempt: number }
  | { readonly type: 'recovered' }
  | { readonly type: 'gap' }
  | { readonly type: 'back'; readonly atMs: number }

/** What is known of the newest outage after something happened; before the first one it is undefined. */
export function changeOutage(outage: Outage | undefined, action: OutageAction): Outage | undefined {
  const isOver = outage === undefined || outage.backAtMs !== undefined
  if (action.type === 'lost') {
    // Lost again before it was caught up: the same outage to who watches.
    if (!isOver) return outage
    return { lostAtMs: action.atMs, backAtMs: undefined, attempts: 0, recovered: 0, hasGap: false }
  }
  if (isOver) return outage
  switch (action.type) {
    case 'tried':
      return { ...outage, attempts: Math.max(outage.attempts, action.attempt) }
    case 'recovered':
      return { ...outage, recovered: outage.recovered + 1 }
    case 'gap':
      return { ...outage, hasGap: true }
    case 'back':
      return { ...outage, backAtMs: action.atMs }
  }
}
