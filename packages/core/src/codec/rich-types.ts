/**
 * The types that JSON lacks and superjson has: what is written for each, and what is built of it.
 *
 * Not superjson: its names and forms, written here so that a browser need not download it, and in one pass.
 * Rule: the two halves mirror each other, and nothing is built of a form that superjson does not write itself.
 * @see docs/decisions/005-own-superjson-writer.md
 */
import { demand } from './demand.js'
import { typed } from './types.js'
import { isPlainObject } from './value-kind.js'
import { refuse } from './walk.js'

// Part of the platform wherever this runs; core has no DOM types.
declare const URL: new (url: string) => { readonly href: string }

/**
 * The form of what is built of text. It is built before a schema sees it, so what takes far longer than to parse the text
 * has no form: a host of letters of the world and the digits of a BigInt are quadratic, and one RegExp with sets (`v`) or
 * properties of characters takes up to a second.
 */
const FORMS = {
  Date: /^[-+\d]+T[\d:.]+Z$/,
  bigint: /^-?\d{1,10000}$/,
  number: /^(NaN|-?Infinity|-0)$/,
  regexp: /^\/((?!.{0,1000}\\[pP]\{).{1,1000})\/([dgimsuy]{0,7})$/s,
  // As `href` has it: ASCII, and a platform's scheme has an authority that ends with a slash.
  URL: /^(?!(https?|wss?|ftp|file):(?!\/\/[^/\\]{0,1000}\/))[a-z][ -~]*$/i,
}

/** What travels for a value that JSON does not say; undefined where superjson has no form for it. */
export function writeRich(value: unknown, level: number): unknown {
  if (value === undefined) return typed('undefined', null, level)
  if (typeof value === 'bigint') return writeText('bigint', value, level)
  if (typeof value === 'number') return writeText('number', value === 0 ? '-0' : value, level)
  // What stands for an invalid one has not the form.
  if (value instanceof Date) return writeText('Date', Number.isNaN(+value) || value.toISOString(), level)
  if (value instanceof Map) return typed('map', [...value], level)
  if (value instanceof Set) return typed('set', [...value], level)
  if (value instanceof URL) return writeText('URL', value.href, level)
  if (value instanceof RegExp) return writeText('regexp', value, level)
  if (!(value instanceof Error)) return undefined
  // An app can put anything there, and only text is read.
  const [name, message] = [String(value.name), String(value.message)]
  return typed('Error', 'cause' in value ? { name, message, cause: value.cause } : { name, message }, level)
}

function writeText(type: keyof typeof FORMS, value: unknown, level: number): unknown {
  const text = String(value)
  return FORMS[type].test(text) ? typed(type, text, level) : refuse(level, `a valid ${type} (P2.13)`, 'another')
}

/**
 * Builds a value of what was written for it; whatever is inside is built already.
 *
 * @throws PayloadError where the type is unknown or the form is not its; whatever the platform's constructor throws.
 */
export function buildRich(value: unknown, type: unknown): unknown {
  // What every object inherits has no `exec`, and throws.
  const match = typeof value === 'string' && FORMS[type as keyof typeof FORMS]?.exec(value)
  if (match) {
    const [text, source, flags] = match
    if (type === 'bigint') return BigInt(text)
    if (type === 'number') return Number(text)
    if (type === 'URL') return new URL(text)
    if (type === 'regexp') return new RegExp(source as string, flags)
    const date = new Date(text)
    // A list of one name finds the form of that name, and is no type.
    if (type === 'Date' && !Number.isNaN(+date)) return date
  }
  if (value === null && type === 'undefined') return undefined
  if (Array.isArray(value)) {
    if (type === 'set') return new Set(value)
    if (type === 'map' && value.every((pair) => Array.isArray(pair) && pair.length === 2)) return new Map(value)
  }
  if (type === 'Error' && isPlainObject(value)) {
    const { name, message, stack } = value
    // `value` holds the cause, if there was one. An Error whose name, message or stack is an object makes whoever logs it throw.
    if ([name, message, stack ?? ''].every((text) => typeof text === 'string')) {
      return Object.assign(new Error(message as string, value), { name, stack })
    }
  }
  return demand(false)
}
