import type { AlarmEvent, Gap } from '../trunkline.js'

type Alarm = Extract<AlarmEvent, { type: 'raised' }>['alarm']

export interface AlarmRow {
  readonly kind: 'alarm'
  readonly key: number
  readonly alarm: Alarm
  /** Who acknowledged it; `''` while our own acknowledgement is on its way. */
  readonly by: string | undefined
  /** It was raised while this page was away, and was delivered afterwards. */
  readonly isRecovered: boolean
}

export interface GapRow {
  readonly kind: 'gap'
  readonly key: number
  readonly sentence: string
}

/** The newest rows first. */
export interface AlarmLog {
  readonly rows: readonly (AlarmRow | GapRow)[]
  /** Rows that there ever were; the next one's key. */
  readonly count: number
}

export type AlarmAction =
  | { readonly type: 'event'; readonly event: AlarmEvent; readonly isRecovered: boolean }
  | { readonly type: 'gap'; readonly gap: Gap }
  | { readonly type: 'acknowledging'; readonly number: number }
  | { readonly type: 'refused'; readonly number: number }

/** More than anybody reads; without an end the page would grow with every alarm. */
export const MAX_ROWS = 50

export const EMPTY_LOG: AlarmLog = { rows: [], count: 0 }

/** What the log is after something happened. */
export function changeLog(log: AlarmLog, action: AlarmAction): AlarmLog {
  switch (action.type) {
    case 'event': {
      const { event, isRecovered } = action
      if (event.type === 'acknowledged') return setBy(log, event.number, event.by)
      return prepend(log, { kind: 'alarm', key: log.count, alarm: event.alarm, by: undefined, isRecovered })
    }
    case 'gap':
      return prepend(log, { kind: 'gap', key: log.count, sentence: describeGap(action.gap) })
    case 'acknowledging':
      return setBy(log, action.number, '')
    case 'refused':
      return setBy(log, action.number, undefined)
  }
}

function prepend(log: AlarmLog, row: AlarmRow | GapRow): AlarmLog {
  return { rows: [row, ...log.rows.slice(0, MAX_ROWS - 1)], count: log.count + 1 }
}

/** The first who acknowledged an alarm stays: the event of a second one changes nothing. */
function setBy(log: AlarmLog, number: number, by: string | undefined): AlarmLog {
  const rows = log.rows.map((row) =>
    row.kind === 'alarm' && row.alarm.number === number && !row.by ? { ...row, by } : row,
  )
  return { ...log, rows }
}

function describeGap({ reason, missed }: Gap): string {
  if (reason === 'epoch') return 'The server was started anew: alarms just before that may be missing here.'
  return `${missed ?? 'Some'} alarms are missing here: they are older than the server keeps.`
}
