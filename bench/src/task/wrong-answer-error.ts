import { isDeepStrictEqual } from 'node:util'

/** An answer that is not the one asked for, or one that never came. It ends the whole run: a fast wrong answer is no figure. */
export class WrongAnswerError extends Error {
  override readonly name = 'WrongAnswerError'
}

/** Throws {@link WrongAnswerError} unless both values are deeply equal, Dates, Maps and bytes included. */
export function checkEqual(actual: unknown, expected: unknown, what: string): void {
  if (isDeepStrictEqual(actual, expected)) return
  throw new WrongAnswerError(`${what}: got ${shorten(actual)}, expected ${shorten(expected)}`)
}

function shorten(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value)
  return text.length > 200 ? `${text.slice(0, 200)}…` : text
}
