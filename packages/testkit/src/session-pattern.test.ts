import { describe, expect, test } from 'vitest'
import { findMismatch } from './frame-matcher.js'
import { toMatcher, toValue } from './session-pattern.js'

describe('toMatcher', () => {
  test.each([
    ['$any', 0, undefined],
    ['$string', 'x', 1],
    ['$number', 1, '1'],
    ['$boolean', false, 0],
    ['$absent', undefined, null],
    ['$$any', '$any', 'x'],
    ['plain', 'plain', '$plain'],
  ])('%s accepts %j and refuses %j', (pattern, good, bad) => {
    const matcher = { key: toMatcher(pattern, new Map()) }
    expect(findMismatch(matcher, { key: good })).toBeUndefined()
    expect(findMismatch(matcher, { key: bad })).toBeDefined()
  })

  test('keeps what a capture met, for later frames and for later keys of the same one', () => {
    const captures = new Map<string, unknown>()
    const first = toMatcher({ session: '$capture:session', again: ['$session'] }, captures)
    expect(findMismatch(first, { session: { a: 1 }, again: [{ a: 1 }] })).toBeUndefined()
    expect(captures.get('session')).toEqual({ a: 1 })
    expect(findMismatch(toMatcher('$session', captures), { a: 2 })).toBe('$: $session refused {"a":2}')
  })

  test('refuses a name that nothing captured', () => {
    expect(() => findMismatch(toMatcher('$nobody', new Map([['one', 1]])), 1)).toThrow(
      '$nobody was never captured; captured so far: one.',
    )
  })
})

describe('toValue', () => {
  test('puts captured values and examples in their places', () => {
    const captures = new Map<string, unknown>([['id', 7]])
    const value = toValue(
      { id: '$id', a: '$string', b: ['$number', '$boolean', '$any'], c: '$absent', d: '$$x' },
      captures,
    )
    expect(JSON.stringify(value)).toBe('{"id":7,"a":"text","b":[1,true,null],"d":"$x"}')
  })

  test('makes up what it is to capture, once', () => {
    const captures = new Map<string, unknown>()
    expect(toValue(['$capture:session', '$session'], captures)).toEqual(['made-up-session', 'made-up-session'])
  })

  test('keeps a hostile key as an own key', () => {
    const value = toValue(JSON.parse('{"__proto__":{"polluted":"$number"}}'), new Map())
    expect(JSON.stringify(value)).toBe('{"__proto__":{"polluted":1}}')
  })
})
