/**
 * Generators of what a hostile or broken peer may send, for the tests of the parsers.
 *
 * Rule: everything generated is JSON, as it comes out of `JSON.parse`, own `__proto__` members included.
 */
import fc from 'fast-check'

export const CLIENT_FRAME_KINDS = [
  'hello',
  'query',
  'mutate',
  'subscribe',
  'cancel',
  'taken',
  'publish',
  'join',
  'update',
  'leave',
  'answer',
  'failure',
  'sub',
  'watch',
  'unsub',
  'ping',
  'pong',
  'ack',
  'bye',
  'token',
] as const

// Every member that a parser of either side looks at. No kinds among them: the first kind decides what a frame is.
const MEMBERS = [
  'path topic params data meta bytes timeoutMs key resend keys lastEventId trace n since session received client',
  'code message fate issues correlationId retryAfterMs cursor as position offset tag reason missed resumed heartbeat',
  'resumeMs limits withinMs of revertAfterMs version count identity members __proto__ constructor prototype toString',
].flatMap((names) => names.split(' '))

/** Any JSON value, with reserved keys and nesting. */
export function jsonValue(): fc.Arbitrary<unknown> {
  const key = fc.oneof(
    fc.string(),
    fc.constantFrom('__proto__', 'constructor', 'prototype', 'toString', 'query', 'ok', 'sub', 'event', 'hello'),
  )
  const { value } = fc.letrec((tie) => ({
    leaf: fc.oneof(
      fc.constant(null),
      fc.boolean(),
      fc.string(),
      fc.integer(),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.constantFrom(0, -0, -1, 1.5, 2 ** 53, 1e308),
    ),
    value: fc.oneof(
      { maxDepth: 6, withCrossShrink: true },
      tie('leaf'),
      fc.array(tie('value'), { maxLength: 5 }),
      fc.array(fc.tuple(key, tie('value')), { maxLength: 6 }).map(asParsed),
    ),
  }))
  return value
}

/** A frame whose first member is one of `kinds`, with members of any frame and values of any type. */
export function hostileFrame(
  kinds: readonly string[],
): fc.Arbitrary<{ readonly kind: string; readonly frame: Readonly<Record<string, unknown>> }> {
  const value = fc.oneof(
    jsonValue(),
    fc.constantFrom<unknown>(1, 7, 'a.b', true, '', 'x'.repeat(257), { epoch: 'e', offset: 1, tag: '' }),
  )
  return fc
    .tuple(fc.constantFrom(...kinds), value, fc.array(fc.tuple(fc.constantFrom(...MEMBERS), value), { maxLength: 8 }))
    .map(([kind, id, members]) => ({ kind, frame: asParsed([[kind, id], ...members]) }))
}

/** An object as JSON.parse makes it: `__proto__` is an own member. */
function asParsed(members: readonly (readonly [string, unknown])[]): Record<string, unknown> {
  return Object.fromEntries(members)
}
