import { expect, test } from 'vitest'
import { findOverruns } from './budget.js'
import type { TypesResult } from './measure.js'

function result(library: string, size: number, instantiations: number, seconds: number): TypesResult {
  const source = { instantiations, checkSeconds: seconds, cpuSeconds: seconds, types: 0, memoryMb: 0 }
  return { library, title: library, size, source }
}

test('nothing is over budget when Trunkline is below both peers', () => {
  const results = [result('trunkline', 1_000, 500, 2), result('trpc', 1_000, 600, 3), result('orpc', 1_000, 700, 4)]
  expect(findOverruns(results)).toEqual([])
})

test('names the peer and the figure that Trunkline is not below', () => {
  const results = [result('trunkline', 1_000, 650, 3), result('trpc', 1_000, 600, 3), result('orpc', 1_000, 700, 4)]
  expect(findOverruns(results)).toEqual([
    '1000 procedures, instantiations against trpc: 650 is not below 600',
    '1000 procedures, CPU seconds against trpc: 3 is not below 3',
  ])
})

test('CPU time over a peer is over budget, however short the check took on the wall', () => {
  const ours = result('trunkline', 1_000, 500, 4)
  const quick = { ...ours, source: { ...ours.source, checkSeconds: 1 } }
  expect(findOverruns([quick, result('trpc', 1_000, 600, 3), result('orpc', 1_000, 700, 5)])).toEqual([
    '1000 procedures, CPU seconds against trpc: 4 is not below 3',
  ])
})

test('growth faster than the number of procedures is over budget', () => {
  const results = [result('trunkline', 1_000, 500, 2), result('trunkline', 3_000, 1_700, 6)]
  expect(findOverruns(results)).toEqual([
    '3000 procedures, instantiations against linear growth: 1700 is not below 1650',
  ])
})
