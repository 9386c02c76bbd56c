import { expect, test } from 'vitest'
import { checkSequence } from './check-sequence.js'

const sent = ['a', 'b', 'c', 'd']
const kinds = (ids: string, options?: Parameters<typeof checkSequence>[3]): string[] =>
  checkSequence('numbers', sent, { subscriber: 'ada', ids: [...ids] }, options).map(({ kind }) => kind)

test('finds nothing where everything came once and in order, or what may be lost is missing', () => {
  expect(kinds('abcd')).toEqual([])
  expect(kinds('abc', { isSettled: false })).toEqual([])
  expect(kinds('bd', { mayLose: true })).toEqual([])
})

test('negative control: reports what is missing, repeated, out of order or made up, and an end that did not come', () => {
  expect(kinds('abd')).toEqual(['silent-gap'])
  expect(kinds('bcd')).toEqual(['silent-gap'])
  expect(kinds('abbcd')).toEqual(['duplicate'])
  expect(kinds('abcdx')).toEqual(['not-in-history'])
  expect(kinds('abc')).toEqual(['not-converged'])
  expect(kinds('acb', { mayLose: true })).toEqual(['reordered'])
  expect(kinds('aca', { mayLose: true })).toEqual(['duplicate'])
  expect(kinds('abc', { mayLose: true, isSettled: true })).toEqual(['not-converged'])
})

test('what was sent twice may come twice, and no oftener', () => {
  const twice = (ids: string): string[] =>
    checkSequence('numbers', [...'abcab'], { subscriber: 'ada', ids: [...ids] }, { mayLose: true }).map(
      ({ kind }) => kind,
    )
  expect(twice('abcab')).toEqual([])
  expect(twice('abc')).toEqual([])
  expect(twice('cab')).toEqual([])
  expect(twice('aba')).toEqual([])
  expect(twice('abcaa')).toEqual(['duplicate'])
  expect(twice('abcba')).toEqual(['reordered'])
})
