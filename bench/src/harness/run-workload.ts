import type { OpenPair, Pair } from './pair.js'
import type { Peer } from './peer.js'
import type { Sample, Workload } from './workload.js'

/** What one workload measured: a sample per peer and round, or why there is none. */
export interface WorkloadSamples {
  workload: Workload
  peers: { peer: Peer; samples: Sample[]; lacks?: string }[]
}

/**
 * Runs one workload for all peers with the rounds interleaved (A B C A B C …), so that whatever else the machine does
 * hits all alike.
 *
 * @throws when an answer is wrong or missing, naming the peer and the workload. All processes are stopped first.
 */
export async function runWorkload(
  workload: Workload,
  peers: readonly Peer[],
  rounds: number,
  openPair: OpenPair,
  onProgress: (text: string) => void = () => {},
): Promise<WorkloadSamples> {
  const able = peers.filter((peer) => lackOf(peer, workload) === undefined)
  const samples = new Map<Peer, Sample[]>(able.map((peer) => [peer, []]))
  const open = new Map<Peer, Pair>()
  try {
    for (let round = 1; round <= Math.min(rounds, workload.maxRounds ?? rounds); round++) {
      for (const peer of able) {
        onProgress(`${workload.name} · round ${round} · ${peer.name}`)
        samples.get(peer)?.push(await runRound(workload, peer, open, openPair))
      }
    }
  } finally {
    await Promise.all([...open.values()].map((pair) => pair.stop()))
  }
  return {
    workload,
    peers: peers.map((peer) => {
      const lacks = lackOf(peer, workload)
      return { peer, samples: samples.get(peer) ?? [], ...(lacks === undefined ? {} : { lacks }) }
    }),
  }
}

async function runRound(workload: Workload, peer: Peer, open: Map<Peer, Pair>, openPair: OpenPair): Promise<Sample> {
  try {
    let pair = open.get(peer)
    if (pair === undefined) {
      pair = await openPair(peer, workload)
      open.set(peer, pair)
      await workload.warmUp?.(pair)
    }
    const sample = await workload.round(pair)
    if (workload.processes === 'fresh') {
      open.delete(peer)
      await pair.stop()
    }
    return sample
  } catch (error) {
    throw new Error(`${peer.name} failed ${workload.name}: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    })
  }
}

function lackOf(peer: Peer, workload: Workload): string | undefined {
  return workload.needs === undefined ? undefined : peer.lacks[workload.needs]
}
