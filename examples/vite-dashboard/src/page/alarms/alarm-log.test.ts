import { expect, test } from 'vitest'
import type { AlarmEvent } from '../trunkline.js'
import { type AlarmLog, changeLog, EMPTY_LOG, MAX_ROWS } from './alarm-log.js'

function raised(number: number): AlarmEvent {
  const alarm = { number, turbine: 'A1' as const, vibration: 8, limit: 7.1, atMs: 0, testedBy: null }
  return { type: 'raised', alarm }
}

function logOf(...numbers: number[]): AlarmLog {
  return numbers.reduce(
    (log, number) => changeLog(log, { type: 'event', event: raised(number), isRecovered: false }),
    EMPTY_LOG,
  )
}

const byOf = ({ rows }: AlarmLog): unknown[] => rows.map((row) => (row.kind === 'alarm' ? row.by : row.sentence))

test('shows the newest alarm first, and no more than MAX_ROWS', () => {
  const { rows } = logOf(...Array.from({ length: MAX_ROWS + 5 }, (_each, index) => index + 1))
  expect(rows.length).toBe(MAX_ROWS)
  expect(rows[0]).toMatchObject({ alarm: { number: MAX_ROWS + 5 } })
})

test('keys are never used again, also where a restarted server counts from 1 again', () => {
  const { rows } = logOf(1, 2, 1)
  expect(new Set(rows.map(({ key }) => key)).size).toBe(3)
})

test('an acknowledgement is shown at once, and taken back when it was refused', () => {
  const expected = changeLog(logOf(1), { type: 'acknowledging', number: 1 })
  expect(byOf(expected)).toEqual([''])
  expect(byOf(changeLog(expected, { type: 'refused', number: 1 }))).toEqual([undefined])
})

test('who acknowledged first stays, and a late refusal does not take it back', () => {
  let log = changeLog(logOf(1), { type: 'acknowledging', number: 1 })
  for (const by of ['Heron', 'Puffin']) {
    log = changeLog(log, { type: 'event', event: { type: 'acknowledged', number: 1, by }, isRecovered: false })
  }
  expect(byOf(changeLog(log, { type: 'refused', number: 1 }))).toEqual(['Heron'])
})

test('a gap is a row that says what is missing', () => {
  const position = { epoch: '', offset: 0, tag: '' } as never // nothing reads it
  const log = changeLog(logOf(1), { type: 'gap', gap: { reason: 'trimmed', missed: 3, position } })
  expect(byOf(log)[0]).toContain('3 alarms are missing here')
})
