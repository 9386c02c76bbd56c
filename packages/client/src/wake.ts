/**
 * Tells when a browser's tab or worker wakes, gets its network back, or is about to sleep.
 *
 * Not a timer: hidden tabs throttle those to one a minute. In Node there is nothing to listen to.
 */

/** The last event before a page does nothing any more: its tab sleeps, or it was left and is kept to be shown again. */
export const FREEZE = 'freeze'

// `visibilitychange` also fires when a tab is hidden; a ping more does no harm.
const EVENTS = ['visibilitychange', 'pageshow', 'online', FREEZE]
// Since `freeze` does not bubble from the document. Node's EventTarget removes no listener that was added with a mere `true`.
const ON_THE_WAY_DOWN = { capture: true }

/** Calls `onEvent` at each waking, and at `FREEZE`; returns a function that stops it. */
export function listenForWaking(onEvent: (event: { readonly type: string }) => void): () => void {
  // Node's global object is no event target.
  for (const name of EVENTS) globalThis.addEventListener?.(name, onEvent, ON_THE_WAY_DOWN)
  return () => {
    for (const name of EVENTS) globalThis.removeEventListener?.(name, onEvent, ON_THE_WAY_DOWN)
  }
}
