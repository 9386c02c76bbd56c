import { expect, test } from 'vitest'
import { checkPresence } from './check-presence.js'

const present = new Map([
  ['ada', { typing: false }],
  ['bob', { typing: true }],
])

const kinds = (members: Map<string, unknown>): string[] =>
  checkPresence('room', present, { subscriber: 'eve', members }).map(({ kind }) => kind)

test('finds nothing when those who are there are shown, whatever their order', () => {
  expect(kinds(new Map([...present].reverse()))).toEqual([])
})

test('negative control: reports a ghost, an absent member and an old state', () => {
  expect(kinds(new Map([...present, ['zoe', { typing: false }]]))).toEqual(['ghost'])
  expect(kinds(new Map([['ada', { typing: false }]]))).toEqual(['absent'])
  expect(kinds(new Map(present).set('ada', { typing: true }))).toEqual(['wrong-state'])
})

test('compares states as it is told', () => {
  const members = new Map([...present.keys()].map((member) => [member, undefined]))
  expect(checkPresence('room', present, { subscriber: 'eve', members }, () => true)).toEqual([])
})
