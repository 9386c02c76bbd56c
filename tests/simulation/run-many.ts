import { type Outcome, type RunOptions, runSchedule } from './run-schedule.js'
import { drawSchedule } from './schedule.js'
import { formatSimFindings } from './sim-finding.js'

/** What came of many runs. */
export interface ManyOutcomes {
  readonly failures: readonly Outcome[]
  /** How often what happened in all of them. */
  readonly counts: ReadonlyMap<string, number>
  /** Some lines for people. */
  readonly summary: string
}

/** Options of `runMany`. */
export interface ManyOptions extends RunOptions {
  /** Is told of each schedule that fails, with the command that runs it again. */
  readonly log?: ((line: string) => void) | undefined
  /** Stops at the first schedule of which this holds. */
  readonly until?: ((outcome: Outcome) => boolean) | undefined
}

/** The command that runs a schedule again. */
export const replayCommand = (seed: number): string => `npm run simulate -- --seed ${seed}`

/** Runs `count` schedules, from this seed on. */
export async function runMany(firstSeed: number, count: number, options: ManyOptions = {}): Promise<ManyOutcomes> {
  const { log = () => {}, until = () => false, ...runOptions } = options
  const startedMs = performance.now()
  const failures: Outcome[] = []
  const counts = new Map<string, number>()
  let ran = 0
  let stops = false
  while (ran < count && !stops) {
    // Seeds are 32 bits wide.
    const outcome = await runSchedule(drawSchedule((firstSeed + ran++) >>> 0), runOptions)
    for (const [name, times] of outcome.counts) counts.set(name, (counts.get(name) ?? 0) + times)
    stops = until(outcome)
    if (outcome.findings.length === 0) continue
    failures.push(outcome)
    const { seed } = outcome.schedule
    log(`seed ${seed} failed; again with: ${replayCommand(seed)}\n${formatSimFindings(outcome.findings)}`)
  }
  const seconds = (performance.now() - startedMs) / 1_000
  const reached = [...counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, times]) => `${name}: ${times}`)
  const summary = [
    `${ran} schedules from seed ${firstSeed}: ${failures.length} with findings, ${seconds.toFixed(1)} s`,
    reached.join(', '),
  ].join('\n')
  return { failures, counts, summary }
}
