import { describe, expect, test } from 'vitest'
import { checkTable, type TableChange, type TableTruth } from './check-table.js'
import type { Finding } from './finding.js'
import type { Sighting } from './sighting.js'

/** `a1 b2 a3`: key and version; the id is both. */
function changes(text: string, epoch = 'e1'): TableChange[] {
  return text.split(' ').map((name) => ({ key: name[0] ?? '', id: name, epoch, version: Number(name.slice(1)) }))
}

const truth: TableTruth = {
  topic: 'prices',
  accepted: changes('a1 b2 a3 c4 a5'),
  entries: changes('b2 c4 a5'),
}

const began: Sighting = { kind: 'started', since: 'now' }
const live: Sighting = { kind: 'live' }
const saw = (text: string): Sighting[] =>
  changes(text).map(({ key, id, version }) => ({ kind: 'entry', key, id, version }))

function remove(text: string): TableChange {
  return { ...(changes(text)[0] as TableChange), isRemoved: true } // one name is one change
}

const anew = (epoch: string): Sighting => ({
  kind: 'gap',
  gap: { reason: 'epoch', position: { epoch, offset: 0, tag: '' } },
})

function judge(of: TableTruth, ...sightings: Sighting[]): Finding['kind'][] {
  return checkTable(of, [{ subscriber: 'ada', sightings }]).map(({ kind }) => kind)
}

describe('finds nothing where', () => {
  test('every change came, or only the newest of each key', () => {
    expect(judge(truth, began, live, ...saw('a1 b2 a3 c4 a5'))).toEqual([])
    expect(judge(truth, began, ...saw('b2 c4 a5'), live)).toEqual([])
  })

  test('a subscriber left early, or nothing was asked to have settled', () => {
    expect(judge(truth, began, live, ...saw('a1'), { kind: 'ended' })).toEqual([])
    expect(checkTable(truth, [{ subscriber: 'ada', sightings: [began, ...saw('a1')] }], { isSettled: false })).toEqual(
      [],
    )
  })

  test('a subscriber had a part of it already', () => {
    const since = { epoch: 'e1', offset: 3, tag: '' }
    expect(judge(truth, { kind: 'started', since }, live, ...saw('c4 a5'))).toEqual([])
    expect(judge(truth, { kind: 'started', since }, live, ...saw('a5'))).toEqual(['not-converged'])
  })

  test('the table started anew: its versions begin again, and what is not in it was dropped', () => {
    const restarted = { ...truth, accepted: [...truth.accepted, ...changes('b1', 'e2')], entries: changes('b1', 'e2') }
    expect(judge(restarted, began, live, ...saw('b2 c4 a5'), anew('e2'), ...saw('b1'))).toEqual([])
  })

  test('an entry was removed: it is told, or was never seen, or a table without it took the place of the one before', () => {
    const removed = {
      ...truth,
      accepted: [...changes('a1 b2'), remove('a3')],
      entries: [...changes('b2'), remove('a3')],
    }
    expect(judge(removed, began, live, ...saw('a1 b2 a3'))).toEqual([])
    expect(judge(removed, began, live, ...saw('b2'))).toEqual([])
    const twice = { ...truth, accepted: [...removed.accepted, remove('a4')], entries: [...changes('b2'), remove('a4')] }
    expect(judge(twice, began, live, ...saw('a1 b2 a3'))).toEqual([])
    const forgotten = { ...removed, entries: changes('b2') }
    expect(judge(forgotten, began, live, ...saw('a1 b2 a3'))).toEqual([])
    expect(judge(forgotten, began, live, ...saw('a1'), anew('e1'), ...saw('b2'))).toEqual([])
  })

  test('a value was set again, under its old id, in a table that started anew', () => {
    const again = { ...truth, accepted: [...changes('a1'), ...changes('a1', 'e2')], entries: changes('a1', 'e2') }
    expect(judge(again, began, live, ...saw('a1 a1'))).toEqual([])
    expect(judge(again, began, live, ...saw('a1 a1 a1'))).toEqual(['duplicate'])
  })

  test('the table went back: what was undone may be followed by earlier versions', () => {
    const rewound = { ...truth, accepted: changes('a1 b2 a3 b3'), entries: changes('a1 b3') }
    expect(judge(rewound, began, live, ...saw('a1 b2 a3 a1 b3'))).toEqual([])
  })
})

describe('negative control: reports', () => {
  test('an old value in the end, and one that never came', () => {
    const findings = checkTable(truth, [{ subscriber: 'ada', sightings: [began, live, ...saw('b2 a3')] }])
    expect(findings.map(({ kind, message }) => [kind, message])).toEqual([
      ['not-converged', '"c" = c4 (version 4) never came'],
      ['not-converged', 'it shows "a" = a3 (version 3), and the table holds "a" = a5 (version 5)'],
    ])
  })

  test('a value that the table does not hold any more, whose removal was not told or not noticed', () => {
    const removed = {
      ...truth,
      accepted: [...changes('a1 b2'), remove('a3')],
      entries: [...changes('b2'), remove('a3')],
    }
    expect(judge(removed, began, live, ...saw('a1 b2'))).toEqual(['not-converged'])
    expect(judge({ ...removed, entries: changes('b2') }, began, live, ...saw('a1 b2'))).toEqual(['not-converged'])
    const restarted = { ...truth, accepted: [...truth.accepted, ...changes('b1', 'e2')], entries: changes('b1', 'e2') }
    expect(judge(restarted, began, live, ...saw('b2 c4 a5 b1'))).toEqual(['not-converged', 'not-converged'])
  })

  test('a change that comes twice, or after a later one', () => {
    expect(judge(truth, began, live, ...saw('a1 b2 b2 c4 a5'))).toEqual(['duplicate'])
    expect(judge(truth, began, live, ...saw('b2 c4 a3 a5'))).toEqual(['reordered'])
  })

  test('a value that was never set, under that key and version', () => {
    expect(judge(truth, began, live, ...saw('b2 x3 c4 a5'))).toEqual(['not-in-history'])
    const renamed = saw('b2 c4 a5').map((sighting) => ('key' in sighting ? { ...sighting, key: 'b' } : sighting))
    expect(judge(truth, began, live, ...renamed)).toContain('not-in-history')
  })

  test('an old value of a table that started anew', () => {
    const restarted = {
      ...truth,
      accepted: [...changes('a7 b8'), ...changes('b1', 'e2')],
      entries: changes('b1', 'e2'),
    }
    expect(judge(restarted, began, live, ...saw('b1 a7'))).toEqual(['reordered'])
  })

  test('who was never live, and what comes after the end', () => {
    expect(judge(truth, began, ...saw('b2 c4 a5'))).toEqual(['not-converged'])
    expect(judge(truth, began, live, ...saw('b2 c4 a5'), { kind: 'ended' }, ...saw('a5'))).toEqual(['after-end'])
  })
})
