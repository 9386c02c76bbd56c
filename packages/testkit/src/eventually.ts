/** Options of `eventually`. */
export interface EventuallyOptions {
  /** How long the condition may take, in real milliseconds. Default 10_000. */
  timeoutMs?: number
  /** What was waited for; the first words of the error. */
  message?: string
}

// Taken once: waiting must go on while a test fakes the global timers.
const { setImmediate: nextTurn, setTimeout: later } = globalThis

// The first turns are free, since most conditions hold as soon as a socket was read; then a loaded machine is spared.
const EAGER_TURNS = 50
const MAX_PAUSE_MS = 20

/** What is left of a type when the value is known to be truthy. */
export type Truthy<TValue> = Exclude<TValue, undefined | null | false | 0 | ''>

/**
 * Waits until `condition` returns something truthy and resolves with that.
 *
 * A condition that throws does not hold yet, so assertions may stand in it, before what it
 * returns; its last error becomes the `cause`.
 *
 * @throws Error when the condition does not hold within `timeoutMs`.
 */
export async function eventually<TValue>(
  condition: () => TValue | Promise<TValue>,
  options: EventuallyOptions = {},
): Promise<Truthy<TValue>> {
  const { timeoutMs = 10_000, message = 'The condition' } = options
  const deadlineMs = performance.now() + timeoutMs
  let cause: unknown
  let hint = ''
  for (let turn = 0; ; turn++) {
    try {
      const value = await condition()
      if (value) return value as Truthy<TValue> // just checked
      cause = undefined
      // What an assertion that holds gives: the commonest way to wait for ever.
      hint =
        value === undefined ? ' It returned undefined: a condition that only asserts must end with `return true`.' : ''
    } catch (error) {
      cause = error
      hint = ''
    }
    if (performance.now() >= deadlineMs) {
      throw new Error(`${message} did not hold within ${timeoutMs} ms.${hint}`, cause === undefined ? {} : { cause })
    }
    const pauseMs = Math.min(turn - EAGER_TURNS, MAX_PAUSE_MS)
    await new Promise<void>((resolve) => {
      if (pauseMs <= 0) nextTurn(resolve)
      else later(resolve, pauseMs)
    })
  }
}
