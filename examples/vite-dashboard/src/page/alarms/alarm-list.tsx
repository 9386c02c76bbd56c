import type { Turbine } from '../../park/turbines.js'
import { clockTime } from '../clock-time.js'
import { api } from '../trunkline.js'
import type { AlarmLog, AlarmRow } from './alarm-log.js'

interface Props {
  readonly log: AlarmLog
  readonly isStale: boolean
  readonly onExpect: (number: number) => void
  readonly onRefused: (number: number) => void
  readonly onSelect: (turbine: Turbine) => void
}

/** Every alarm, the newest first. */
export function AlarmList({ log, isStale, onExpect, onRefused, onSelect }: Props): React.ReactNode {
  const acknowledge = api.alarms.acknowledge.useMutation({
    onMutate: ({ number }) => onExpect(number),
    onError: (_error, { number }) => onRefused(number),
  })
  const open = log.rows.filter((row) => row.kind === 'alarm' && row.by === undefined).length

  return (
    <section className="card alarms" aria-labelledby="alarms-title" data-stale={isStale}>
      <header>
        <h2 id="alarms-title">Alarms</h2>
        <p className="faint">{open === 0 ? 'all acknowledged' : `${open} open`}</p>
      </header>
      <div className="scroller" role="log" aria-label="Alarms, the newest first">
        <ol>
          {log.rows.length === 0 && <li className="notice">No alarm so far.</li>}
          {log.rows.map((row) =>
            row.kind === 'gap' ? (
              <li key={row.key} className="notice gap">
                {row.sentence}
              </li>
            ) : (
              <AlarmItem
                key={row.key}
                row={row}
                onSelect={onSelect}
                onAcknowledge={() => acknowledge.mutate({ number: row.alarm.number })}
              />
            ),
          )}
        </ol>
      </div>
    </section>
  )
}

interface ItemProps {
  readonly row: AlarmRow
  readonly onSelect: (turbine: Turbine) => void
  readonly onAcknowledge: () => void
}

function AlarmItem({ row, onSelect, onAcknowledge }: ItemProps): React.ReactNode {
  const { alarm, by, isRecovered } = row
  const { number, turbine, vibration, limit, testedBy } = alarm
  return (
    <li className="alarm" data-number={number} data-open={by === undefined} data-recovered={isRecovered}>
      <button type="button" className="where" onClick={() => onSelect(turbine)} aria-label={`Show turbine ${turbine}`}>
        {turbine}
      </button>
      <div>
        <p className="what">
          {testedBy === null ? (
            <>
              {vibration.toFixed(2)} mm/s <span className="faint">over {limit.toFixed(1)}</span>
            </>
          ) : (
            `Test by ${testedBy}`
          )}
        </p>
        <p className="meta faint">
          <span className="number">#{number}</span> <time>{clockTime(alarm.atMs)}</time>
          {isRecovered && <span className="recovered">caught up</span>}
        </p>
      </div>
      {by === undefined ? (
        <button type="button" className="small" onClick={onAcknowledge} aria-label={`Acknowledge alarm ${number}`}>
          Acknowledge
        </button>
      ) : (
        <p className="faint">{by === '' ? 'sending …' : `✓ ${by}`}</p>
      )}
    </li>
  )
}
