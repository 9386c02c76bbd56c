/**
 * Tells when a browser's tab or worker wakes or gets its network back.
 *
 * Not a timer: hidden tabs throttle those to one a minute. In Node there is nothing to listen to.
 */

/** Calls `onWake` at each waking; returns a function that stops it. */
export function listenForWaking(onWake: () => void): () => void {
  const onVisible = (): void => {
    if (document.visibilityState === 'visible') onWake()
  }
  const targets: [EventTarget | undefined, string, () => void][] = [
    // A worker has no document; Node's global object is no event target.
    [typeof document === 'undefined' ? undefined : document, 'visibilitychange', onVisible],
    [globalThis, 'pageshow', onWake],
    [globalThis, 'online', onWake],
  ]
  for (const [target, name, listener] of targets) target?.addEventListener?.(name, listener)
  return () => {
    for (const [target, name, listener] of targets) target?.removeEventListener?.(name, listener)
  }
}
