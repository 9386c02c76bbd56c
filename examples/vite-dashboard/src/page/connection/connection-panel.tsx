import { useEffect, useId, useState } from 'react'
import { client, cutNetwork, type Status, useConnection } from '../trunkline.js'
import { useNow } from '../use-now.js'
import { describeOutage, STEPS, stepOf } from './describe-outage.js'
import type { Outage } from './outage.js'
import { useVisibleStep } from './use-visible-step.js'

interface Props {
  readonly status: Status
  readonly outage: Outage | undefined
  readonly onAttempt: (attempt: number) => void
}

const SECONDS = [3, 8, 20]

/** Shows what becomes of the alarms while there is no connection, and takes it away on demand. */
export function ConnectionPanel({ status, outage, onAttempt }: Props): React.ReactNode {
  const { state, attempt = 0 } = useConnection()
  const [seconds, setSeconds] = useState(8)
  const [problem, setProblem] = useState('')
  const name = useId()
  const isAway = state !== 'open'
  const nowMs = useNow(isAway ? 200 : undefined)
  const step = useVisibleStep(stepOf(status, isAway))

  // biome-ignore lint/correctness/useExhaustiveDependencies: told once per attempt, not whenever the listener is new
  useEffect(() => {
    if (attempt > 0) onAttempt(attempt)
  }, [attempt])

  const cut = (): void => {
    setProblem('')
    cutNetwork(seconds * 1_000).catch(() => setProblem('The server cannot be reached at all: is it running?'))
  }

  return (
    <section className="card connection" aria-labelledby="connection-title">
      <header>
        <h2 id="connection-title">Your connection</h2>
      </header>
      <ol className="steps" aria-label="What happens to your data">
        {STEPS.map((each) => (
          <li key={each} className="step" data-step={each} aria-current={each === step ? 'step' : undefined}>
            {each}
          </li>
        ))}
      </ol>
      <p className="story">{describeOutage(step, outage, nowMs)}</p>
      <div className="cut">
        <fieldset className="choice">
          <legend className="hidden">For how long</legend>
          {SECONDS.map((each) => (
            <label key={each}>
              <input type="radio" name={name} checked={seconds === each} onChange={() => setSeconds(each)} />
              {each} s
            </label>
          ))}
        </fieldset>
        {isAway ? (
          <button type="button" className="primary" onClick={() => client.connection.reconnect()}>
            Try now
          </button>
        ) : (
          <button type="button" className="primary danger" onClick={cut}>
            Cut my network
          </button>
        )}
      </div>
      <p className="hint faint" role="status">
        {problem || 'The server resets this tab’s socket without a word, and every new one until the time is over.'}
      </p>
    </section>
  )
}
