/**
 * Lets one AbortSignal end many things: Node warns of a leak from the eleventh listener of a signal on.
 *
 * Not for browsers, which warn of none. Rule: a limit that the app has set stays.
 */
// As a whole: another runtime's may lack one of the names, and nothing would load.
import events from 'node:events'

/** Prepares the signal of a call, if it has one: a service may give the same to all its calls, and they take theirs back. */
export function shareSignals(args: readonly unknown[]): void {
  for (const options of args.slice(1)) {
    const { signal } = (options ?? {}) as { readonly signal?: unknown }
    if (!(signal instanceof AbortSignal)) continue
    try {
      if (events.getMaxListeners(signal) === events.defaultMaxListeners) events.setMaxListeners(Infinity, signal)
    } catch {
      // A runtime that only resembles Node has no such limit.
    }
  }
}
