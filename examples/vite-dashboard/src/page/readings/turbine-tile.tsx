import { memo } from 'react'
import type { Turbine } from '../../park/turbines.js'
import { Badge } from '../people/watchers.js'
import { useReadingText } from './use-reading-text.js'
import { VibrationChart } from './vibration-chart.js'

interface Props {
  readonly turbine: Turbine
  readonly limit: number
  readonly isSelected: boolean
  /** The names of those who look at it, in one string so that the tile is rendered only when they change. */
  readonly lookers: string
  readonly onSelect: (turbine: Turbine) => void
}

/** One gearbox: its name, its vibration now and in the last seconds, and who looks at it. */
export const TurbineTile: React.NamedExoticComponent<Props> = memo(function TurbineTile(props: Props) {
  const { turbine, limit, isSelected, lookers, onSelect } = props
  const text = useReadingText(turbine, limit)
  return (
    <button
      type="button"
      className="tile"
      aria-pressed={isSelected}
      aria-label={`Turbine ${turbine}`}
      onClick={() => onSelect(turbine)}
    >
      <span className="tile-top">
        {turbine}
        {lookers !== '' && (
          <span className="lookers">
            {lookers.split(', ').map((name) => (
              <Badge key={name} name={name} />
            ))}
          </span>
        )}
        <output ref={text} className="reading" aria-live="off">
          –
        </output>
      </span>
      <VibrationChart turbine={turbine} limit={limit} seconds={20} />
    </button>
  )
})
