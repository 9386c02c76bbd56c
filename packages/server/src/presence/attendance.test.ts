import { createRandom, testSeed } from '@trunkline/testkit'
import { expect, test } from 'vitest'
import type { PresenceMember } from '../topics/presence-store.js'
import { Attendance } from './attendance.js'

const join = (joinId: string, identity: string, updatedAtMs: number, payload = joinId): PresenceMember => ({
  joinId,
  node: 'n',
  identity,
  payload,
  updatedAtMs,
})

test('an identity is one member, which shows the join that was updated last and leaves with the last one', () => {
  const attendance = new Attendance()
  attendance.put(join('tab1', 'ada', 1))
  attendance.put(join('tab2', 'ada', 2))
  attendance.put(join('tab3', 'bob', 3))
  expect(attendance.size).toBe(2)
  expect(attendance.shown('ada')).toBe('tab2')
  attendance.put(join('tab1', 'ada', 4, 'updated'))
  expect(attendance.shown('ada')).toBe('updated')
  expect(attendance.remove('tab1')).toBe('ada')
  expect(attendance.shown('ada')).toBe('tab2')
  attendance.remove('tab2')
  expect(attendance.shown('ada')).toBeUndefined()
  expect([...attendance.identities()]).toEqual(['bob'])
})

test('what is not there can be removed', () => {
  expect(new Attendance().remove('tab1')).toBeUndefined()
})

test('a tie is decided alike in whatever order the joins are heard', () => {
  const [a, b] = [join('a', 'ada', 1), join('b', 'ada', 1)]
  const [forth, back] = [new Attendance(), new Attendance()]
  for (const member of [a, b]) forth.put(member)
  for (const member of [b, a]) back.put(member)
  expect(forth.shown('ada')).toBe(back.shown('ada'))
})

test('agrees with a list of all joins, whatever comes and goes', () => {
  const random = createRandom(testSeed(import.meta.url))
  const attendance = new Attendance()
  const all = new Map<string, PresenceMember>()
  for (let step = 1; step <= 2_000; step++) {
    const number = random.int(0, 30)
    const joinId = `j${number}`
    if (random.chance(0.4)) {
      attendance.remove(joinId)
      all.delete(joinId)
    } else {
      const member = join(joinId, `i${number % 7}`, random.int(0, 50), `s${step}`)
      attendance.put(member)
      all.set(joinId, member)
    }
    const identities = new Set([...all.values()].map(({ identity }) => identity))
    expect(new Set(attendance.identities())).toEqual(identities)
    for (const identity of identities) {
      const joins = [...all.values()].filter((member) => member.identity === identity)
      joins.sort((a, b) => b.updatedAtMs - a.updatedAtMs || (a.joinId < b.joinId ? 1 : -1))
      expect(attendance.shown(identity)).toBe(joins[0]?.payload)
    }
  }
})
