/** `npm run bench`: runs the workloads for all peers and writes what it measured. See `README.md` beside this folder. */
import { fileURLToPath } from 'node:url'
import { bundleSizeName, measureBundleSizes } from './bundle-size.js'
import { forkPair } from './harness/pair.js'
import { runWorkload } from './harness/run-workload.js'
import { type BenchOptions, readOptions, usage } from './options.js'
import { loadPeer } from './peers/index.js'
import { toMarkdown } from './report/markdown.js'
import { describeMachine, describePeers, type Results, summarise, type WorkloadResult } from './report/results.js'
import { writeResults } from './report/write.js'
import { workloads } from './workloads/index.js'

// This file runs compiled, from `bench/.generated/bench/bench.js`.
const benchFolder = fileURLToPath(new URL('../..', import.meta.url))
const workerPath = fileURLToPath(new URL('./worker.js', import.meta.url))

try {
  if (process.argv.includes('--help')) console.log(usage)
  else await run(readOptions(process.argv.slice(2)))
} catch (error) {
  console.error(`\n${error instanceof Error ? error.message : String(error)}`)
  process.exitCode = 1
}

async function run(options: BenchOptions): Promise<void> {
  const startedAt = performance.now()
  const date = new Date().toISOString()
  const peers = await Promise.all(options.peers.map(loadPeer))
  const openPair = forkPair(workerPath, options.profile ? `${benchFolder}.generated/profiles` : undefined)
  const measured: WorkloadResult[] = []
  for (const workload of workloads.filter(({ name }) => options.workloads.includes(name))) {
    measured.push(summarise(await runWorkload(workload, peers, options.rounds, openPair, showProgress)))
  }
  const results: Results = {
    date,
    machine: describeMachine(),
    rounds: options.rounds,
    seconds: (performance.now() - startedAt) / 1_000,
    peers: describePeers(peers),
    workloads: measured,
    bundleSizes: options.workloads.includes(bundleSizeName) ? await measureBundleSizes(peers, benchFolder) : [],
  }
  const folder = options.complete ? `${benchFolder}results` : `${benchFolder}.generated/partial`
  await writeResults(results, folder)
  console.log(`${process.stderr.isTTY ? '\r\x1b[K' : ''}\n${toMarkdown(results)}`)
}

/** One line that is written over, on a terminal only: a log needs no progress. */
function showProgress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`)
}
