import { roundMs, type Sample, type Stage, type Workload } from '../harness/workload.js'
import { type PublishRequest, publish, subscriberCommands } from './subscribers.js'

const subscribers = 500

/** Makes a workload of events published to 500 subscribers, `burst` of them in each turn of the event loop. */
export function fanOutWorkload(
  description: Pick<Workload, 'name' | 'title' | 'operation'>,
  burst: number,
  turnsPerStep: number,
): Workload {
  // The number of the next event to a pair of processes. Kept by stage: a stage is one pair's for all of its rounds.
  const nextSeqs = new WeakMap<Stage, number>()

  /** Publishes one step and waits until all of it was received, so that no queue grows from step to step. */
  const runStep = async (stage: Stage): Promise<void> => {
    const firstSeq = nextSeqs.get(stage) ?? 1
    const lastSeq = firstSeq + turnsPerStep * burst - 1
    nextSeqs.set(stage, lastSeq + 1)
    const delivered = stage.client.run('delivered', lastSeq)
    await Promise.all([
      stage.server.run('publish', { firstSeq, turns: turnsPerStep, burst } satisfies PublishRequest),
      delivered,
    ])
  }

  const runFor = async (stage: Stage, durationMs: number): Promise<number> => {
    const endsAt = performance.now() + durationMs
    let steps = 0
    do {
      await runStep(stage)
      steps++
    } while (performance.now() < endsAt)
    return steps * turnsPerStep * burst * subscribers
  }

  return {
    ...description,
    needs: 'subscribe',
    figures: [{ key: 'cpuUs', label: 'server CPU per delivery', unit: 'µs' }],
    server: { publish },
    client: subscriberCommands,
    async warmUp(stage) {
      await stage.client.run('open', subscribers)
      await runFor(stage, 500)
    },
    async round(stage): Promise<Sample> {
      const { cpuUs, result: deliveries } = await stage.measureServerCpu(() => runFor(stage, roundMs))
      return { cpuUs: cpuUs / deliveries }
    },
  }
}
