/**
 * Writes down what a broker accepts of a topic, as the truth that its subscribers are judged against.
 *
 * Not a subscriber: it listens beside the server, and must be told before anything is published. Rule: what the broker
 * loses later stays in the truth, as undone.
 */
import type { EncodedPayload } from '@trunkline/core'
import type { BrokerUnderTest } from '../broker-contract/broker-under-test.js'
import type { TableChange, TableTruth } from './check-table.js'
import { readHistory } from './read-history.js'
import type { HistoryEntry, TopicTruth } from './topic-history.js'

/** Options of `watchTruth`. */
export interface WatchTruthOptions {
  /**
   * What tells events apart, where they are not published with an id of the test's own. Default: the id of a kept event,
   * the text of an ephemeral one's payload.
   */
  readonly idOf?: ((data: unknown) => string) | undefined
}

/** The truth of a topic, as far as it has come. */
export interface WatchedTruth {
  /** Of a `log` or `ephemeral` topic. */
  history(): Promise<TopicTruth>
  /** Of a `latest` topic. */
  table(): Promise<TableTruth>
}

/**
 * Listens to a topic of a broker.
 *
 * @param topic - the topic's key: its path, `?` and the JSON of its params.
 */
export async function watchTruth(
  broker: Pick<BrokerUnderTest, 'read' | 'subscribe' | 'latest'>,
  topic: string,
  { idOf }: WatchTruthOptions = {},
): Promise<WatchedTruth> {
  const accepted: HistoryEntry[] = []
  const ephemeral: string[] = []
  const changes: TableChange[] = []
  const nameOf = (id: string, payload: EncodedPayload): string => (idOf === undefined ? id : idOf(dataOf(payload)))
  await broker.subscribe(topic, {
    onEntry: (entry) => accepted.push({ ...entry, id: nameOf(entry.id, entry.payload) }),
    onEphemeral: (payload) => ephemeral.push(nameOf(textOf(payload), payload)),
    onSet: (entry) => changes.push({ ...entry, id: nameOf(entry.id, entry.payload) }),
  })
  return {
    history: async () => {
      const { top, oldest } = await readHistory(broker, topic)
      return { topic, accepted, ephemeral, top, oldest }
    },
    table: async () => {
      const entries = (await broker.latest?.read(topic))?.entries ?? []
      return {
        topic,
        accepted: changes,
        entries: entries.map((entry) => ({ ...entry, id: nameOf(entry.id, entry.payload) })),
      }
    },
  }
}

function textOf(payload: EncodedPayload): string {
  return typeof payload === 'string' ? payload : payload.fragment
}

/** The plain JSON of a payload. */
function dataOf(payload: EncodedPayload): unknown {
  // A payload is the members of a frame, each behind a comma (P2.4).
  return (JSON.parse(`{${textOf(payload).slice(1)}}`) as { data?: unknown }).data
}
