/**
 * The feed of a `latest` topic.
 *
 * Not of a history (topic-feed.ts). Rule: a subscriber gets the table in the order of its versions, then every change of
 * it; one that could not be served gets what is newer than its version, so nothing is queued for anybody.
 */
import { Feed, type FeedOptions } from './feed.js'
import { FlushedTable } from './flushed-table.js'
import type { LatestStore } from './latest-store.js'
import { TableIntake } from './table-intake.js'
import { TableReader } from './table-reader.js'

export function createTableFeed(options: FeedOptions, latest: LatestStore): Feed {
  const { key, as, broker, clock, endOfTurn } = options
  const table = new FlushedTable()
  return new Feed(options, table, (outlet) => {
    const { fanOut, out, onEphemeral, onGap, whenFlushed, onProved } = outlet
    let isOpen = false
    const intake = new TableIntake({
      broker,
      latest,
      clock,
      key,
      as,
      sink: {
        onEntry: (entry) => (isOpen ? out(entry) : table.push(entry)),
        onEphemeral,
        onGap,
        whenFlushed,
        onProved,
      },
    })
    return {
      reader: new TableReader(table, intake, clock, endOfTurn),
      isTable: true,
      async open() {
        await intake.open((base, forgotten) => table.reset(base, forgotten))
        fanOut.flushed = intake.position
        isOpen = true
      },
      start: () => intake.start(),
      repair: () => intake.repair(),
      close: () => intake.close(),
    }
  })
}
