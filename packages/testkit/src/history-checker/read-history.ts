import type { BrokerUnderTest } from '../broker-contract/broker-under-test.js'
import type { HistoryEntry, TopicTruth } from './topic-history.js'

const PAGE = { events: 1_000, bytes: 1_048_576 } as const

/**
 * Reads the history that a broker keeps of a topic, as the truth that subscribers are judged against.
 *
 * What was undone or let go before the call is not in it: where a test makes a broker lose something, it collects
 * `accepted` itself, as a listener of the broker.
 *
 * @param topic - the topic's key: its path, `?` and the JSON of its params.
 */
export async function readHistory(broker: Pick<BrokerUnderTest, 'read'>, topic: string): Promise<TopicTruth> {
  const accepted: HistoryEntry[] = []
  let page = await broker.read(topic, 'start', PAGE)
  const { oldest } = page
  while (page.entries.length > 0) {
    accepted.push(...page.entries)
    page = await broker.read(topic, page.entries.at(-1) ?? page.after, PAGE)
  }
  return { topic, accepted, top: page.top, oldest }
}
