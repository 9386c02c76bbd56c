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

// Part of the platform wherever this runs; core has no DOM types.
declare const URL: new (url: string) => { readonly href: string }

/** A RegExp's source is at most 1,000 UTF-16 units: it is compiled before a schema sees it. */
const REGEXP = /^\/(.{1,1000})\/([a-z]{0,10})$/s

/** What travels for a value that JSON does not say; undefined where superjson has no form for it. */
export function writeRich(value: unknown, level: number): unknown {
  if (value === undefined) return typed('undefined', null, level)
  if (typeof value === 'bigint') return typed('bigint', String(value), level)
  if (typeof value === 'number') return typed('number', value === 0 ? '-0' : String(value), level)
  // An invalid Date has no form.
  if (value instanceof Date && !Number.isNaN(+value)) return typed('Date', value.toISOString(), level)
  if (value instanceof Map) return typed('map', [...value], level)
  if (value instanceof Set) return typed('set', [...value], level)
  if (value instanceof URL) return typed('URL', value.href, level)
  if (value instanceof RegExp && REGEXP.test(String(value))) return typed('regexp', String(value), level)
  if (!(value instanceof Error)) return undefined
  const { name, message } = value
  return typed('Error', 'cause' in value ? { name, message, cause: value.cause } : { name, message }, level)
}

/**
 * Builds a value of what was written for it; whatever is inside is built already.
 *
 * @throws PayloadError where the type is unknown or the form is not its; whatever the platform's constructor throws.
 */
export function buildRich(value: unknown, type: unknown): unknown {
  if (typeof value === 'string') {
    if (type === 'Date') {
      const date = new Date(value)
      if (!Number.isNaN(+date)) return date
    }
    if (type === 'bigint' && /^-?\d+$/.test(value)) return BigInt(value)
    if (type === 'number' && /^(NaN|-?Infinity|-0)$/.test(value)) return Number(value)
    if (type === 'URL') return new URL(value)
    const [, source, flags] = (type === 'regexp' && REGEXP.exec(value)) || []
    if (source) return new RegExp(source, flags)
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
