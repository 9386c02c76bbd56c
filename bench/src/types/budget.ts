import type { TypesResult } from './measure.js'

const peers = ['trpc', 'orpc']

/** How much more a procedure may cost in the largest router than in the one of 1,000: linear, with room for noise. */
const growthAllowed = 1.1

/** Lists what Trunkline costs too much: nothing when it is below both peers at each size from 1,000, and linear. */
export function findOverruns(results: readonly TypesResult[]): string[] {
  return results
    .filter(({ library, size }) => library === 'trunkline' && size >= 1_000)
    .flatMap((ours) => [...compare(ours, results), ...compareGrowth(ours, results)])
}

function compare(ours: TypesResult, results: readonly TypesResult[]): string[] {
  return results
    .filter(({ library, size }) => peers.includes(library) && size === ours.size)
    .flatMap((theirs) => [
      ...overrun(
        `${ours.size} procedures, instantiations against ${theirs.title}`,
        ours.source.instantiations,
        theirs.source.instantiations,
      ),
      // CPU of the whole run, not the check's wall time: that one follows whatever else the machine does.
      ...overrun(
        `${ours.size} procedures, CPU seconds against ${theirs.title}`,
        ours.source.cpuSeconds,
        theirs.source.cpuSeconds,
      ),
    ])
}

function compareGrowth(ours: TypesResult, results: readonly TypesResult[]): string[] {
  const thousand = results.find(({ library, size }) => library === 'trunkline' && size === 1_000)
  if (thousand === undefined) return []
  const limit = Math.round((thousand.source.instantiations / 1_000) * ours.size * growthAllowed)
  return overrun(`${ours.size} procedures, instantiations against linear growth`, ours.source.instantiations, limit)
}

function overrun(what: string, actual: number, limit: number): string[] {
  return actual < limit ? [] : [`${what}: ${actual} is not below ${limit}`]
}
