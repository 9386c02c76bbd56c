import { useId, useState } from 'react'
import { HIGHEST_LIMIT, LOWEST_LIMIT } from '../../park/turbines.js'

interface Props {
  readonly limit: number
  /** Resolves when it is decided what the limit is. */
  readonly onSet: (limit: number) => Promise<void>
}

/**
 * Sets a limit. It is sent when the hand lets go, and shown here until it is decided: without that, the next step of the
 * keyboard would start from the old limit.
 */
export function LimitSlider({ limit, onSet }: Props): React.ReactNode {
  const [draft, setDraft] = useState<number>()
  const id = useId()
  const shown = draft ?? limit
  const commit = async (): Promise<void> => {
    if (draft === undefined) return
    if (draft !== limit) await onSet(draft)
    // Unless it was moved again meanwhile.
    setDraft((now) => (now === draft ? undefined : now))
  }
  return (
    <div className="limit">
      <label htmlFor={id}>Alarm above</label>
      <input
        id={id}
        type="range"
        min={LOWEST_LIMIT}
        max={HIGHEST_LIMIT}
        step={0.1}
        value={shown}
        aria-valuetext={`${shown.toFixed(1)} millimetres a second`}
        onChange={(event) => setDraft(event.currentTarget.valueAsNumber)}
        onPointerUp={commit}
        onKeyUp={commit}
        onBlur={commit}
      />
      <output htmlFor={id}>{shown.toFixed(1)}</output>
    </div>
  )
}
