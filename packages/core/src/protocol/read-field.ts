/**
 * Reading members of an object that a peer sent.
 *
 * Rule: a member that is there with a wrong type is a FieldError that names it; nothing is coerced.
 */

/** A parsed JSON object of a peer. */
export type RawFrame = Readonly<Record<string, unknown>>

/** A member of a frame that is not what the spec says. */
export class FieldError extends Error {}

function fail(name: string, expected: string, value: unknown): never {
  throw new FieldError(`\`${name}\` must be ${expected}, but is ${describe(value)}.`)
}

function describe(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'an array'
  return typeof value === 'number' ? String(value) : typeof value
}

/** An id of P2.11. */
export function readId(raw: RawFrame, name: string): number {
  const value = raw[name]
  if (typeof value === 'number' && Number.isSafeInteger(value) && value > 0) return value
  return fail(name, 'an integer from 1 to 2^53 - 1', value)
}

/** A count: an integer from 0. */
export function readCount(raw: RawFrame, name: string): number {
  const value = raw[name]
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value
  return fail(name, 'an integer from 0 to 2^53 - 1', value)
}

export function readOptionalCount(raw: RawFrame, name: string): number | undefined {
  return raw[name] === undefined ? undefined : readCount(raw, name)
}

/** Text of 1 to `maxLength` UTF-16 units. */
export function readText(raw: RawFrame, name: string, maxLength: number): string {
  const value = raw[name]
  if (typeof value === 'string' && value.length > 0 && value.length <= maxLength) return value
  return fail(name, `text of 1 to ${maxLength} characters`, typeof value === 'string' ? value.length : value)
}

export function readOptionalText(raw: RawFrame, name: string, maxLength: number): string | undefined {
  return raw[name] === undefined ? undefined : readText(raw, name, maxLength)
}

export function readBoolean(raw: RawFrame, name: string): boolean {
  const value = raw[name]
  if (typeof value === 'boolean') return value
  return fail(name, 'true or false', value)
}

/** A member that says something by being there: only `true` will do. */
export function readTrue(raw: RawFrame, name: string): true {
  return raw[name] === true ? true : fail(name, 'true', raw[name])
}

/** The id that a refused frame belongs to; `null` where its kind's member holds none (P2.9). */
export function readBadFrameId(raw: RawFrame, kind: string): number | null {
  const value = raw[kind]
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : null
}

/** Whether `value` is a JSON object: not null and not an array. */
export function isObject(value: unknown): value is RawFrame {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
