import { parseArgs } from 'node:util'
import { bundleSizeName } from './bundle-size.js'
import { baselineName, peerNames } from './peers/index.js'
import { workloads } from './workloads/index.js'

/** What the command line asked for. */
export interface BenchOptions {
  workloads: readonly string[]
  /** Always with the baseline: every ratio is to it. */
  peers: readonly string[]
  rounds: number
  /** Whether it is the whole run, the only one whose results are kept in `results/`. */
  complete: boolean
  /** Writes CPU profiles of the server processes. */
  profile: boolean
}

export const usage = `npm run bench -- [options]

  --workload NAME   only this one; may be repeated: ${[...workloads.map((workload) => workload.name), bundleSizeName].join(', ')}
  --peer NAME       only this one and the baseline; may be repeated: ${peerNames.join(', ')}
  --rounds N        rounds of each peer (default 5)
  --profile         writes a CPU profile of each server process to bench/.generated/profiles

A run of everything writes results/latest.json, latest.md and ratios.svg; a part of it writes to .generated/partial.`

/** @throws Error with a sentence for the user when an option or a name is unknown. */
export function readOptions(commandLine: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...commandLine],
    options: {
      workload: { type: 'string', multiple: true },
      peer: { type: 'string', multiple: true },
      rounds: { type: 'string', default: '5' },
      profile: { type: 'boolean', default: false },
    },
  })
  const known = [...workloads.map((workload) => workload.name), bundleSizeName]
  const rounds = Number(values.rounds)
  if (!Number.isInteger(rounds) || rounds < 1) throw new Error('--rounds takes a whole number from 1')
  return {
    workloads: pick(values.workload, known, '--workload'),
    peers: [...new Set([baselineName, ...pick(values.peer, peerNames, '--peer')])],
    rounds,
    complete: values.workload === undefined && values.peer === undefined && !values.profile,
    profile: values.profile,
  }
}

function pick(asked: readonly string[] | undefined, known: readonly string[], option: string): readonly string[] {
  const unknown = asked?.find((name) => !known.includes(name))
  if (unknown !== undefined) throw new Error(`${option} ${unknown} is unknown; there are: ${known.join(', ')}`)
  return asked ?? known
}
