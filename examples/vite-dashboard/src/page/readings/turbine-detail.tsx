import type { Turbine } from '../../park/turbines.js'
import { LimitSlider } from '../limits/limit-slider.js'
import { api, type Limit } from '../trunkline.js'
import { useReadingText } from './use-reading-text.js'
import { VibrationChart } from './vibration-chart.js'

interface Props {
  readonly turbine: Turbine
  readonly limit: Limit
  readonly problem: string
  readonly onSetLimit: (turbine: Turbine, limit: number) => Promise<void>
}

/** A minute of one gearbox, and what can be done about it. */
export function TurbineDetail({ turbine, limit, problem, onSetLimit }: Props): React.ReactNode {
  const text = useReadingText(turbine, limit.limit)
  const test = api.alarms.test.useMutation()
  return (
    <section className="card detail" aria-labelledby="detail-title">
      <header>
        <h2 id="detail-title">Turbine {turbine}</h2>
        <p className="now">
          <output ref={text} className="reading" aria-live="off">
            –
          </output>{' '}
          <span className="faint">mm/s</span>
        </p>
        <LimitSlider key={turbine} limit={limit.limit} onSet={(next) => onSetLimit(turbine, next)} />
        <p className="set-by faint">set by {limit.by}</p>
        <button type="button" className="small" onClick={() => test.mutate({ turbine })}>
          Test alarm
        </button>
      </header>
      {problem !== '' && (
        <p className="problem" role="alert">
          {problem}
        </p>
      )}
      <VibrationChart turbine={turbine} limit={limit.limit} seconds={60} isLarge />
    </section>
  )
}
