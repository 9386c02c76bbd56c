import { arch, cpus, release, totalmem, type } from 'node:os'
import type { BundleSize } from '../bundle-size.js'
import type { Peer } from '../harness/peer.js'
import { type Spread, spread } from '../harness/percentiles.js'
import type { WorkloadSamples } from '../harness/run-workload.js'
import type { Figure } from '../harness/workload.js'
import { baselineName } from '../peers/index.js'
import { installedVersion } from './installed-version.js'

/** One figure of one peer: its values by round, and the ratio to the baseline's value of the same round. */
export interface FigureResult extends Spread {
  values: number[]
  ratio: Spread
}

export interface PeerResult {
  peer: string
  /** Why there is no figure. */
  no?: string
  figures: Record<string, FigureResult>
}

export interface WorkloadResult {
  name: string
  title: string
  operation: string
  figures: readonly Figure[]
  /** Whether a ratio of its figures says nothing. */
  absolute: boolean
  peers: PeerResult[]
}

/** Everything that a run measured: what `latest.json` holds. */
export interface Results {
  date: string
  machine: { cpu: string; cores: number; memoryGb: number; system: string; node: string }
  rounds: number
  seconds: number
  peers: { name: string; title: string; versions: Record<string, string>; validates: boolean; settings?: string }[]
  workloads: WorkloadResult[]
  bundleSizes: BundleSize[]
}

export function describeMachine(): Results['machine'] {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    system: `${type()} ${release()} ${arch()}`,
    node: process.version,
  }
}

export function describePeers(peers: readonly Peer[]): Results['peers'] {
  return peers.map(({ name, title, packages, validates, settings }) => ({
    name,
    title,
    versions: Object.fromEntries(packages.map((one) => [one, installedVersion(one)])),
    validates,
    ...(settings === undefined ? {} : { settings }),
  }))
}

/** Turns a workload's samples into medians with spread, and ratios round by round. */
export function summarise({ workload, peers }: WorkloadSamples): WorkloadResult {
  const baseline = peers.find(({ peer }) => peer.name === baselineName)?.samples ?? []
  return {
    name: workload.name,
    title: workload.title,
    operation: workload.operation,
    figures: workload.figures,
    absolute: workload.absolute ?? false,
    peers: peers.map(({ peer, samples, lacks }) => ({
      peer: peer.name,
      ...(lacks === undefined ? {} : { no: lacks }),
      figures: Object.fromEntries(
        samples.length === 0
          ? []
          : workload.figures.map(({ key }) => {
              const values = samples.map((sample) => sample[key] ?? Number.NaN)
              const ratios = values.map((value, round) => value / (baseline[round]?.[key] ?? Number.NaN))
              return [key, { ...spread(values), values, ratio: spread(ratios) }]
            }),
      ),
    })),
  }
}
