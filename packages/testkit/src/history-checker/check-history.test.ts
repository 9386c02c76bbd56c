import type { Gap, Position, Since } from '@trunkline/core'
import { describe, expect, test } from 'vitest'
import { checkHistory } from './check-history.js'
import type { Finding } from './finding.js'
import { chain, endOf } from './sample-history.js'
import type { Sighting } from './sighting.js'
import type { HistoryEntry, TopicTruth } from './topic-history.js'

const abcdef = chain('abcdef')
const whole: TopicTruth = { topic: 'room', accepted: abcdef, top: endOf(abcdef) }

/** After c the broker lost d and e, and x, y, z were accepted in their place. */
const kept = abcdef.slice(0, 3)
const lost = abcdef.slice(3, 5)
const written = chain('xyz', endOf(kept))
const rewound: TopicTruth = { topic: 'room', accepted: [...kept, ...lost, ...written], top: endOf(written) }

const restarted = chain('pq', { epoch: 'e2', offset: 0, tag: '' })
const crashed: TopicTruth = { topic: 'room', accepted: [...abcdef, ...restarted], top: endOf(restarted) }

const started = (since: Since = 'start', top?: Position): Sighting => ({ kind: 'started', since, top })
const saw = (...entries: HistoryEntry[]): Sighting[] =>
  entries.map(({ id, epoch, offset, tag }) => ({ kind: 'event', id, position: { epoch, offset, tag } }))
const told = (reason: Gap['reason'], position: Position, missed?: number): Sighting => ({
  kind: 'gap',
  gap: { reason, position, missed },
})
const live = (top: Position): Sighting => ({ kind: 'live', top })

const wave = (id: string): Sighting[] => [{ kind: 'ephemeral', id }]
/** A state of which each part was set by the event of its name. */
const state = (position: Position, ids: string): Sighting => ({
  kind: 'snapshot',
  position,
  state: new Map([...ids].map((id) => [id, id])),
})

function judge(truth: TopicTruth, ...sightings: Sighting[]): Finding['kind'][] {
  return checkHistory(truth, [{ subscriber: 'ada', sightings }]).map(({ kind }) => kind)
}

/** The event of an id in a list, which the test knows to be there. */
function pick(entries: readonly HistoryEntry[], ids: string): HistoryEntry[] {
  return [...ids].map((id) => {
    const entry = entries.find((each) => each.id === id)
    if (entry === undefined) throw new Error(`no ${id}`)
    return entry
  })
}

describe('finds nothing where', () => {
  test('every event came once and in order', () => {
    expect(judge(whole, started(), ...saw(...abcdef))).toEqual([])
  })

  test('a subscriber of what is new began in the middle', () => {
    const top = endOf(abcdef.slice(0, 3))
    expect(judge(whole, started('now', top), live(top), ...saw(...abcdef.slice(3)))).toEqual([])
  })

  test('a subscriber resumed behind its last event', () => {
    const first = abcdef.slice(0, 3)
    const rest = abcdef.slice(3)
    expect(
      judge(whole, started(), ...saw(...first), { kind: 'ended' }, started(endOf(first)), ...saw(...rest)),
    ).toEqual([])
  })

  test('who received a part of a lost tail is told that it was rewound', () => {
    expect(judge(rewound, started(), ...saw(...kept, ...lost), told('rewound', endOf(written)))).toEqual([])
  })

  test('who received none of a lost tail sees the surviving history unbroken', () => {
    expect(judge(rewound, started(), ...saw(...kept, ...written))).toEqual([])
  })

  test('a lost event that is published again comes again after the gap', () => {
    // The same id at the same place gives the same tag: the history is the one that was seen.
    const truth = { ...whole, accepted: [...abcdef] }
    const sightings = [...saw(...abcdef.slice(0, 4)), told('rewound', endOf(kept)), ...saw(...abcdef.slice(3))]
    expect(judge(truth, started(), ...sightings)).toEqual([])
  })

  test('a restarted broker is told as an epoch', () => {
    const gap = told('epoch', { epoch: 'e2', offset: 0, tag: '' })
    expect(judge(crashed, started(), ...saw(...abcdef), gap, ...saw(...restarted))).toEqual([])
  })

  test('retention let events go and the gap counts them', () => {
    const truth = { ...whole, oldest: 5 }
    const gap = told('trimmed', endOf(abcdef.slice(0, 4)), 3)
    expect(judge(truth, started(), ...saw(...pick(abcdef, 'a')), gap, ...saw(...pick(abcdef, 'ef')))).toEqual([])
  })

  test('retention let go of the entry that would prove that what was seen was undone', () => {
    const truth = { ...rewound, oldest: 6 }
    const gap = told('trimmed', endOf(written.slice(0, 2)), 1)
    expect(judge(truth, started(), ...saw(...kept, ...lost.slice(0, 1)), gap, ...saw(...written.slice(2)))).toEqual([])
  })

  test('a subscriber left before a failover undid what it saw', () => {
    expect(judge(rewound, started(), ...saw(...kept, ...lost), { kind: 'ended' })).toEqual([])
  })

  test('a subscriber was told where events begin', () => {
    const at = (count: number): Sighting => ({ kind: 'placed', position: endOf(abcdef.slice(0, count)) })
    expect(judge(whole, started('start'), at(0), ...saw(...abcdef))).toEqual([])
    expect(judge(whole, started('now', endOf(abcdef.slice(0, 3))), at(3), ...saw(...abcdef.slice(3)))).toEqual([])
    expect(judge(whole, started(endOf(abcdef.slice(0, 2))), at(2), ...saw(...abcdef.slice(2)))).toEqual([])
  })

  test('ephemeral events come beside those that are kept, some of them', () => {
    const truth = { ...whole, ephemeral: ['x', 'y', 'z'] }
    expect(judge(truth, started(), ...wave('x'), ...saw(...abcdef), ...wave('z'))).toEqual([])
  })

  test('a snapshot and the events after it make what the history makes, also instead of a gap', () => {
    const [c, f] = [endOf(abcdef.slice(0, 3)), endOf(abcdef)]
    expect(judge(whole, started(), state(c, 'abc'), ...saw(...pick(abcdef, 'def')))).toEqual([])
    expect(judge(whole, started(), state(c, 'abc'), state(f, 'abcdef'))).toEqual([])
    expect(judge(rewound, started(), ...saw(...kept, ...lost), state(endOf(written), 'abcxyz'))).toEqual([])
  })

  test('a snapshot holds more than its position, of parts that are set again and again', () => {
    const keyOf = (id: string): string => ('ab'.includes(id) ? 'first' : 'second')
    const parts = (first: string, second: string): ReadonlyMap<string, string> =>
      new Map([
        ['first', first],
        ['second', second],
      ])
    const at = (count: number, held: ReadonlyMap<string, string>): Sighting => ({
      kind: 'snapshot',
      position: endOf(abcdef.slice(0, count)),
      state: held,
    })
    const truth = { ...whole, keyOf }
    expect(judge(truth, started(), at(3, parts('b', 'e')), ...saw(...pick(abcdef, 'def')))).toEqual([])
    expect(judge({ ...truth, state: parts('b', 'f') }, started(), at(6, parts('b', 'f')))).toEqual([])
  })

  test('nothing was asked to have settled', () => {
    const sightings = [started(), ...saw(...pick(abcdef, 'ab'))]
    expect(checkHistory(whole, [{ subscriber: 'ada', sightings }], { isSettled: false })).toEqual([])
  })
})

describe('negative control: reports', () => {
  test('an event that is skipped, once, and says how many are missing', () => {
    const sightings = [started(), ...saw(...pick(abcdef, 'abef'))]
    const findings = checkHistory(whole, [{ subscriber: 'ada', sightings }])
    expect(findings).toEqual([
      expect.objectContaining({ kind: 'silent-gap', severity: 'violation', topic: 'room', subscriber: 'ada', at: 3 }),
    ])
    expect(findings[0]?.message).toContain('2 events are missing')
  })

  test('a loss before the first event of a subscriber that was live', () => {
    const top = endOf(abcdef.slice(0, 3))
    expect(judge(whole, started('now', top), live(top), ...saw(...pick(abcdef, 'ef')))).toEqual(['silent-gap'])
    expect(judge(whole, started('now', top), live(top))).toEqual(['not-converged'])
  })

  test('a subscriber from the start that missed what is still kept', () => {
    expect(judge(whole, started('start'), ...saw(...pick(abcdef, 'bcdef')))).toEqual(['silent-gap'])
  })

  test('an event that comes twice', () => {
    expect(judge(whole, started(), ...saw(...pick(abcdef, 'abbcdef')))).toEqual(['duplicate'])
  })

  test('an event that comes late', () => {
    expect(judge(whole, started(), ...saw(...pick(abcdef, 'abdcef')))).toEqual(['silent-gap', 'reordered'])
  })

  test('an event of the past for a subscriber of what is new', () => {
    const top = endOf(abcdef.slice(0, 3))
    expect(judge(whole, started('now', top), ...saw(...abcdef.slice(2)))).toEqual(['before-start'])
  })

  test('an event that nobody published, and one under the name of another', () => {
    expect(judge(whole, started(), ...saw(...abcdef, ...chain('!', endOf(abcdef))))).toEqual(['not-in-history'])
    const renamed = saw(...abcdef).map((sighting, index) => (index === 2 ? { ...sighting, id: 'z' } : sighting))
    expect(judge(whole, started(), ...renamed)).toEqual(['not-in-history', 'silent-gap'])
  })

  test('a rewound history without a gap: the offsets fit, the tags do not', () => {
    expect(judge(rewound, started(), ...saw(...kept, ...lost, ...pick(written, 'z')))).toEqual(['silent-gap'])
  })

  test('an undone event that is never taken back', () => {
    expect(judge(rewound, started(), ...saw(...kept, ...lost))).toEqual([
      'not-in-history',
      'not-in-history',
      'not-converged',
    ])
  })

  test('an undone event that only a count was told for', () => {
    const gap = told('trimmed', endOf(kept), 1)
    const kinds = judge(rewound, started(), ...saw(...kept, ...lost), gap, ...saw(...written))
    expect(kinds).toEqual(['wrong-gap', 'not-in-history', 'not-in-history'])
  })

  test('a restarted broker without a gap', () => {
    expect(judge(crashed, started(), ...saw(...abcdef, ...restarted))).toEqual(['silent-gap'])
  })

  test('a resume behind a position that was undone, without a gap', () => {
    expect(judge(rewound, started(endOf(lost)), ...saw(...pick(written, 'z')))).toEqual(['silent-gap'])
  })

  test('a gap that counts wrong, or continues nowhere', () => {
    const truth = { ...whole, oldest: 5 }
    const [a, ...rest] = [pick(abcdef, 'a'), saw(...pick(abcdef, 'ef'))] as const
    const behindD = endOf(abcdef.slice(0, 4))
    expect(judge(truth, started(), ...saw(...a), told('trimmed', behindD, 2), ...rest.flat())).toEqual(['wrong-gap'])
    const nowhere = { epoch: 'e1', offset: 4, tag: 'ffff' }
    expect(judge(truth, started(), ...saw(...a), told('rewound', nowhere))).toEqual(['wrong-gap', 'not-converged'])
  })

  test('a gap with the reason of another', () => {
    const gap = told('rewound', { epoch: 'e2', offset: 0, tag: '' })
    expect(judge(crashed, started(), ...saw(...abcdef), gap, ...saw(...restarted))).toEqual(['wrong-gap'])
  })

  test('a gap that was not needed, as a warning', () => {
    const sightings = [started(), ...saw(...pick(abcdef, 'ab')), told('rewound', endOf(abcdef))]
    expect(checkHistory(whole, [{ subscriber: 'ada', sightings }])).toEqual([
      expect.objectContaining({ kind: 'unneeded-gap', severity: 'warning' }),
    ])
    expect(judge(whole, started(), ...saw(...pick(abcdef, 'ab')), told('trimmed', endOf(abcdef), 4))).toEqual([
      'unneeded-gap',
    ])
  })

  test('an event for who is not subscribed', () => {
    expect(judge(whole, started(), ...saw(...abcdef), { kind: 'ended' }, ...saw(...pick(abcdef, 'f')))).toEqual([
      'after-end',
    ])
  })

  test('a subscriber that stays behind, or was never told that it is live', () => {
    expect(judge(whole, started(), ...saw(...pick(abcdef, 'abc')))).toEqual(['not-converged'])
    expect(judge(whole, started('now'))).toEqual(['not-converged'])
  })

  test('a beginning that leaves out what is still kept, or was accepted since', () => {
    const at = (count: number): Sighting => ({ kind: 'placed', position: endOf(abcdef.slice(0, count)) })
    expect(judge(whole, started('start'), at(2), ...saw(...pick(abcdef, 'cdef')))).toEqual(['silent-gap'])
    const top = endOf(abcdef.slice(0, 3))
    expect(judge(whole, started('now', top), at(5), ...saw(...pick(abcdef, 'f')))).toEqual(['silent-gap'])
    expect(judge(whole, started(top), at(5), ...saw(...pick(abcdef, 'f')))).toEqual(['silent-gap'])
  })

  test('an ephemeral event that comes twice, out of order, or from nowhere', () => {
    const truth = { ...whole, ephemeral: ['x', 'y', 'z'] }
    expect(judge(truth, started(), ...saw(...abcdef), ...wave('x'), ...wave('x'))).toEqual(['duplicate'])
    expect(judge(truth, started(), ...saw(...abcdef), ...wave('z'), ...wave('y'))).toEqual(['reordered'])
    expect(judge(truth, started(), ...saw(...abcdef), ...wave('q'))).toEqual(['not-in-history'])
  })

  test('a snapshot that lacks an effect, stands nowhere, or is behind an event that is missing', () => {
    const [c, f] = [endOf(abcdef.slice(0, 3)), endOf(abcdef)]
    const rest = saw(...pick(abcdef, 'def'))
    expect(judge(whole, started(), state(c, 'ac'), ...rest)).toEqual(['wrong-snapshot', 'wrong-state'])
    const nowhere = { ...c, tag: 'ffff' }
    expect(judge(whole, started(), state(nowhere, 'abc'))).toContain('wrong-snapshot')
    expect(judge(whole, started(), state(c, 'abc'), ...saw(...pick(abcdef, 'ef')))).toEqual([
      'silent-gap',
      'wrong-state',
    ])
    // An event that came and was reduced wrongly is the app's; a state that is older than the history is not.
    expect(judge({ ...whole, state: new Map([['a', 'new']]) }, started(), state(f, 'abcdef'))).toEqual(['wrong-state'])
  })

  test('a snapshot of a part that is older than its position', () => {
    const truth = { ...whole, keyOf: () => 'only' }
    const at: Sighting = { kind: 'snapshot', position: endOf(abcdef), state: new Map([['only', 'e']]) }
    expect(judge(truth, started(), at)).toEqual(['wrong-snapshot', 'wrong-state'])
  })

  test('an entry of a table on a topic that is none', () => {
    expect(judge(whole, started(), ...saw(...abcdef), { kind: 'entry', key: 'a', id: 'a', version: 1 })).toEqual([
      'not-in-history',
    ])
  })

  test('an event that was accepted twice', () => {
    const twice = chain('aba')
    const findings = checkHistory({ topic: 'room', accepted: twice, top: endOf(twice) }, [])
    expect(findings).toEqual([expect.objectContaining({ kind: 'duplicate', subscriber: 'the broker' })])
  })
})
