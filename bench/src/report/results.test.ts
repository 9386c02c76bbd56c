import { expect, test } from 'vitest'
import { handWritten } from '../peers/hand-written.js'
import { trunkline } from '../peers/trunkline.js'
import { inFlight } from '../workloads/in-flight.js'
import { toMarkdown } from './markdown.js'
import { summarise } from './results.js'

const summary = summarise({
  workload: inFlight,
  peers: [
    { peer: handWritten, samples: [{ cpuUs: 10 }, { cpuUs: 20 }] },
    { peer: trunkline, samples: [{ cpuUs: 4 }, { cpuUs: 10 }] },
    { peer: { ...handWritten, name: 'other' }, samples: [], lacks: 'JSON only' },
  ],
})

test('takes each ratio to the baseline of the same round', () => {
  expect(summary.peers[1]?.figures['cpuUs']).toEqual({
    median: 7,
    min: 4,
    max: 10,
    values: [4, 10],
    ratio: { median: 0.45, min: 0.4, max: 0.5 },
  })
})

test('the page shows ratios with their spread, and the reason where there is no figure', () => {
  const page = toMarkdown({
    date: '2026-11-21T00:00:00.000Z',
    machine: { cpu: 'a CPU', cores: 2, memoryGb: 8, system: 'Linux', node: 'v20' },
    rounds: 2,
    seconds: 3,
    peers: [handWritten, trunkline, { ...handWritten, name: 'other' }].map(({ name, title }) => ({
      name,
      title,
      versions: {},
      validates: false,
    })),
    workloads: [summary],
    bundleSizes: [],
  })
  expect(page).toContain('| 64 calls in flight, server CPU per call | 1.00× | 0.45× (0.40–0.50) | no |')
  expect(page).toContain('| 15.0 µs (10.0–20.0) | 7.00 µs (4.00–10.0) | no: JSON only |')
})
