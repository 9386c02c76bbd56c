import { useReducer, useRef } from 'react'
import { changeOutage, type Outage } from '../connection/outage.js'
import { api, type Status } from '../trunkline.js'
import { type AlarmLog, changeLog, EMPTY_LOG, MAX_ROWS } from './alarm-log.js'

interface Alarms {
  readonly log: AlarmLog
  readonly status: Status
  /** The newest time without a connection, as the alarms tell it. */
  readonly outage: Outage | undefined
  /** An attempt to connect began. */
  readonly noteAttempt: (attempt: number) => void
  /** Marks an alarm as acknowledged before the server has said so; `refuse` takes it back. */
  readonly expect: (number: number) => void
  readonly refuse: (number: number) => void
}

/** Follows the alarms: those of the past first, then each as it comes, and after an outage those that came meanwhile. */
export function useAlarms(): Alarms {
  const [log, change] = useReducer(changeLog, EMPTY_LOG)
  const [outage, tell] = useReducer(changeOutage, undefined)
  const isAway = useRef(false)

  const { status } = api.alarms.log.useTopic(
    {},
    {
      since: { last: 2 * MAX_ROWS },
      onStatus: (now) => {
        if (now === 'stale') {
          isAway.current = true
          tell({ type: 'lost', atMs: Date.now() })
        } else if (now === 'live') {
          isAway.current = false
          tell({ type: 'back', atMs: Date.now() })
        }
      },
      onEvent: (event) => {
        const isRecovered = isAway.current && event.type === 'raised'
        if (isRecovered) tell({ type: 'recovered' })
        change({ type: 'event', event, isRecovered })
      },
      onGap: (gap) => {
        tell({ type: 'gap' })
        change({ type: 'gap', gap })
      },
    },
  )
  return {
    log,
    status,
    outage,
    noteAttempt: (attempt) => tell({ type: 'tried', attempt }),
    expect: (number) => change({ type: 'acknowledging', number }),
    refuse: (number) => change({ type: 'refused', number }),
  }
}
