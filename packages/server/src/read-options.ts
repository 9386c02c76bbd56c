/**
 * Refuses options that would not do what they say.
 *
 * Types say the same, but not to JavaScript, to spread objects and to what an environment variable became. Rule: no slip
 * loosens a server. A name that is none, a number that is none: each is a TypeError that names what was expected and what
 * came; `undefined` is the default, never "no limit".
 */
import { type AnyServerOptions, DEFAULT_LIMITS } from './options.js'

/** The longest delay that timers know; one that is longer fires at once. */
const MAX_DELAY_MS = 2_147_483_647

const NAMES: Readonly<Record<keyof AnyServerOptions, true>> = {
  router: true,
  authenticate: true,
  context: true,
  origins: true,
  authTimeoutMs: true,
  closeTimeoutMs: true,
  resumeMs: true,
  heartbeat: true,
  presence: true,
  limits: true,
  broker: true,
  codec: true,
  trustProxy: true,
  clock: true,
}

/**
 * Checks names, functions, origins, and what would not be read; numbers are checked where their default is.
 *
 * @throws TypeError
 */
export function checkOptions(options: AnyServerOptions): void {
  checkNames('createServer', NAMES, options)
  for (const name of ['authenticate', 'context'] as const) {
    const given: unknown = options[name]
    if (given !== undefined && typeof given !== 'function') throw new TypeError(wrong(name, 'a function', given))
  }
  const { origins, codec, limits } = options
  // Limits that were spread hold the default, which says nothing.
  if (codec !== undefined && (limits?.maxDepth ?? DEFAULT_LIMITS.maxDepth) !== DEFAULT_LIMITS.maxDepth) {
    throw new TypeError('limits.maxDepth is for the default codec: pass it to yours, as in `jsonCodec({ maxDepth })`.')
  }
  if (origins === undefined || typeof origins === 'function') return
  if (!Array.isArray(origins)) throw new TypeError(wrong('origins', 'an array of origins, or a function', origins))
  for (const origin of origins) checkOrigin(origin)
}

/** A browser's header is compared as it stands: an address with a path would never be met. */
function checkOrigin(origin: unknown): void {
  if (origin === '*') throw new TypeError('origins: "*" is no origin. To let every site connect, pass `() => true`.')
  if (typeof origin === 'string' && /^([a-z][a-z\d+.-]*:\/\/[^/?#A-Z]+|null)$/.test(origin)) return
  throw new TypeError(
    wrong('an entry of origins', 'an origin such as "https://app.example.com", without a path', origin),
  )
}

/**
 * Numbers with their defaults: those that were given, each above 0 or, where `least` is 0, from 0.
 *
 * @throws TypeError
 */
export function readNumbers<TNumbers extends { readonly [K in keyof TNumbers]: number }>(
  group: string,
  defaults: TNumbers,
  given: Partial<TNumbers> | undefined,
  least?: 0,
): TNumbers {
  if (given === undefined) return defaults
  checkNames(group, defaults, given)
  const numbers = { ...defaults }
  // The names were checked: each is a member of `defaults`.
  for (const name of Object.keys(given) as (keyof TNumbers & string)[]) {
    numbers[name] = readNumber(`${group}.${name}`, defaults[name], given[name], least) as TNumbers[typeof name]
  }
  return numbers
}

/**
 * A number with its default; see `readNumbers`. Milliseconds, by their names, are at most what timers take.
 *
 * @throws TypeError
 */
export function readNumber(name: string, byDefault: number, given: number | undefined, least?: 0): number {
  if (given === undefined) return byDefault
  const most = name.endsWith('Ms') ? MAX_DELAY_MS : Number.MAX_VALUE
  if (typeof given === 'number' && (given > 0 || given === least) && given <= most) return given
  const bound = most === MAX_DELAY_MS ? ` and at most ${MAX_DELAY_MS}` : ''
  throw new TypeError(wrong(name, `a finite number ${least === 0 ? 'from 0' : 'above 0'}${bound}`, given))
}

function checkNames(group: string, known: object, given: object): void {
  for (const name of Object.keys(given)) {
    if (Object.hasOwn(known, name)) continue
    throw new TypeError(`${group} has no option ${JSON.stringify(name)}; it knows ${Object.keys(known).join(', ')}.`)
  }
}

function wrong(name: string, expected: string, given: unknown): string {
  const shown = typeof given === 'string' ? JSON.stringify(given) : String(given)
  return `${name} must be ${expected}, but is ${shown}.`
}
