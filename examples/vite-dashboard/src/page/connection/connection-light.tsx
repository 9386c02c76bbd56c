import { useConnection } from '../trunkline.js'

const WORDS = {
  idle: 'not connected',
  connecting: 'connecting',
  open: 'connected',
  reconnecting: 'reconnecting',
  closed: 'closed',
}

/** One word on the connection; a screen reader says it when it changes. */
export function ConnectionLight(): React.ReactNode {
  const { state, attempt, message } = useConnection()
  return (
    <p className="light" role="status" data-state={state} title={message}>
      <span>{WORDS[state]}</span>
      {attempt !== undefined && (
        <span className="faint" aria-hidden="true">
          attempt {attempt}
        </span>
      )}
    </p>
  )
}
