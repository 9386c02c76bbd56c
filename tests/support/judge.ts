/**
 * A broker of which everything that it accepts on one topic is written down, so that the history checker can judge what
 * subscribers over real connections were told.
 */
import type { Since } from '@trunkline/core'
import { createMemoryBroker, type MemoryBroker } from '@trunkline/server'
import {
  checkHistory,
  checkTable,
  createRecorder,
  createSnapshotRecorder,
  formatFindings,
  type Recorder,
  type RecorderOptions,
  type SnapshotRecorder,
  type SubscriberRecord,
  type TopicTruth,
  watchTruth,
} from '@trunkline/testkit'
import { onTestFinished } from 'vitest'

export interface Judge<TEvent> {
  /** Pass it to the server. */
  readonly broker: MemoryBroker
  /** Makes a recorder that is judged; call it right before `subscribe`, with the same `since`. */
  recorder(name: string, since?: Since, options?: Omit<RecorderOptions<TEvent>, 'idOf'>): Recorder<TEvent>
  /** Makes one for a topic with a snapshot. */
  snapshotRecorder<TState>(
    name: string,
    partsOf: (state: TState) => Iterable<readonly [key: string, id: string]>,
  ): SnapshotRecorder<TEvent, TState>
  /** Judges somebody else as well. */
  add(record: SubscriberRecord): void
  /** What the checker objects to once everything has come to rest, a line each; `''` when it is content. */
  findings(more?: Pick<TopicTruth, 'keyOf' | 'state'>): Promise<string>
}

/**
 * Makes the broker of one topic and begins to write down.
 *
 * @param topic - the topic's key: its path, `?` and the JSON of its params.
 * @param idOf - what tells an event from all others. Plain JSON goes in: dates and the like are still text.
 */
export async function createJudge<TEvent>(topic: string, idOf: (event: TEvent) => string): Promise<Judge<TEvent>> {
  const broker = createMemoryBroker()
  onTestFinished(() => broker.close())
  // Events were checked where they were published.
  const truth = await watchTruth(broker, topic, { idOf: (data) => idOf(data as TEvent) })
  const records: SubscriberRecord[] = []
  return {
    broker,
    add: (record) => void records.push(record),
    recorder: (name, since, options) => {
      const recorder = createRecorder<TEvent>(name, { idOf, ...options })
      recorder.started(since)
      records.push(recorder)
      return recorder
    },
    snapshotRecorder: (name, partsOf) => {
      const recorder = createSnapshotRecorder(name, { idOf, partsOf })
      recorder.started()
      records.push(recorder)
      return recorder
    },
    findings: async (more) => {
      const table = await truth.table()
      if (table.accepted.length > 0) return formatFindings(checkTable(table, records))
      return formatFindings(checkHistory({ ...(await truth.history()), ...more }, records))
    },
  }
}
