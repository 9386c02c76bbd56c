import { expect, test } from 'vitest'
import { checkPresence, checkStayed, createMembersRecorder } from './check-presence.js'

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

test('a recorder keeps every list, and who stayed is looked for in all of them', () => {
  const recorder = createMembersRecorder('eve')
  expect(recorder.members).toEqual(new Map())
  const list = (...names: string[]): void =>
    recorder.callback(names.map((identity) => ({ identity, state: { typing: false } })))
  list()
  list('ada')
  list('ada', 'bob')
  list('ada')
  expect(recorder.members).toEqual(new Map([['ada', { typing: false }]]))
  expect(checkStayed('room', ['ada'], recorder)).toEqual([])
  expect(checkStayed('room', ['ada', 'bob'], recorder)).toEqual([
    expect.objectContaining({ kind: 'flapped', severity: 'violation', subscriber: 'eve', at: 3 }),
  ])
})
