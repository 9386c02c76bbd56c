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

  test('the table started anew: its versions begin again, and what is not in it stays', () => {
    const restarted = { ...truth, accepted: [...truth.accepted, ...changes('b1', 'e2')], entries: changes('b1', 'e2') }
    expect(judge(restarted, began, live, ...saw('b2 c4 a5 b1'))).toEqual([])
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
