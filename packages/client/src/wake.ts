/**
 * Tells when a browser's tab or worker wakes or gets its network back.
 *
 * Not a timer: hidden tabs throttle those to one a minute. In Node there is nothing to listen to.
 */

// `visibilitychange` bubbles from the document. It also fires when a tab is hidden; a ping more does no harm.
const EVENTS = ['visibilitychange', 'pageshow', 'online']

/** Calls `onWake` at each waking; returns a function that stops it. */
export function listenForWaking(onWake: () => void): () => void {
  // Node's global object is no event target.
  for (const name of EVENTS) globalThis.addEventListener?.(name, onWake)
  return () => {
    for (const name of EVENTS) globalThis.removeEventListener?.(name, onWake)
  }
}
