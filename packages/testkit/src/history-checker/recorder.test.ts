import type { Position } from '@trunkline/core'
import { expect, test } from 'vitest'
import { checkHistory } from './check-history.js'
import { formatFindings, violationsOf } from './finding.js'
import { createRecorder, createSnapshotRecorder } from './recorder.js'
import { chain, endOf } from './sample-history.js'

test('a recorded subscriber is judged', () => {
  const history = chain('abc')
  let top: Position = endOf([])
  const recorder = createRecorder<{ id: string }>('ada', { idOf: (event) => event.id, topOf: () => top })
  const { onEvent, onStatus } = recorder.callbacks
  recorder.started('now')
  onStatus('connecting')
  onStatus('live')
  for (const entry of history) onEvent({ id: entry.id }, { position: endOf([entry]) })
  top = endOf(history)
  expect(recorder.position).toEqual(top)
  expect(recorder.status).toBe('live')
  expect(checkHistory({ topic: 'room', accepted: history, top }, [recorder])).toEqual([])
  onEvent({ id: 'c' }, { position: top })
  recorder.ended()
  const findings = checkHistory({ topic: 'room', accepted: history, top }, [recorder])
  expect(violationsOf(findings)).toEqual(findings)
  expect(formatFindings(findings)).toMatch(/^duplicate: ada on room, sighting 5: 3#.* \(c\) came again/)
})

test('a gap moves the position to where it continues', () => {
  const recorder = createRecorder<{ id: string }>('ada', { idOf: (event) => event.id })
  const gap = { reason: 'epoch', position: { epoch: 'e2', offset: 4, tag: 'x' } } as const
  recorder.started('start')
  recorder.callbacks.onGap(gap)
  expect(recorder.position).toEqual(gap.position)
  expect(recorder.sightings).toEqual([
    { kind: 'started', since: 'start', top: undefined },
    { kind: 'gap', gap },
  ])
})

test('entries of tables and ephemeral events are told apart by their place', () => {
  const recorder = createRecorder<string>('ada', { idOf: (event) => event, isEphemeral: (event) => event === 'wave' })
  const { onEvent } = recorder.callbacks
  onEvent('a', { key: 'k', version: 7 })
  onEvent('b', undefined)
  onEvent('wave', { position: endOf(chain('a')) })
  expect(recorder.sightings).toEqual([
    { kind: 'entry', id: 'a', key: 'k', version: 7 },
    { kind: 'ephemeral', id: 'b' },
    { kind: 'ephemeral', id: 'wave' },
  ])
  expect(recorder.position).toBeUndefined()
})

test('a snapshot is written down by its parts', () => {
  const recorder = createSnapshotRecorder<string, readonly string[]>('ada', {
    idOf: (event) => event,
    partsOf: (state) => state.map((id) => [id, id]),
  })
  const { onSnapshot, onEvent, onStatus } = recorder.callbacks
  const history = chain('abc')
  recorder.started()
  onSnapshot(['a', 'b'], { position: endOf(history.slice(0, 2)) })
  expect(recorder.position).toEqual(endOf(history.slice(0, 2)))
  onEvent('c', { position: endOf(history) })
  onStatus('live')
  expect(recorder.position).toEqual(endOf(history))
  expect(checkHistory({ topic: 'list', accepted: history, top: endOf(history) }, [recorder])).toEqual([])
})
