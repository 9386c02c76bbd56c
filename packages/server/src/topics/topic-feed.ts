/**
 * The feed of a topic with a history, or with none: not of a `latest` one (table-feed.ts).
 */
import type { Position } from '@trunkline/core'
import { Feed, type FeedOptions } from './feed.js'
import { Intake } from './intake.js'
import { Reader } from './reader.js'
import { TailRing } from './tail-ring.js'

/** Where the ring begins before the history is known: it proves nothing. */
const NOWHERE: Position = { epoch: '', offset: 0, tag: '' }

export function createTopicFeed(options: FeedOptions): Feed {
  const { key, as, definition, broker, clock } = options
  const isKept = definition.delivery === 'log'
  const ring = new TailRing(NOWHERE)
  return new Feed(options, ring, (outlet) => {
    const { fanOut, onEphemeral, onGap, whenFlushed, onProved } = outlet
    const reader = new Reader(broker, clock, key, as, ring)
    const intake = new Intake({
      broker,
      clock,
      key,
      as,
      reader,
      sink: {
        // Never throttled: a log keeps every event.
        onEntry: (entry) => fanOut.push(entry),
        onEphemeral,
        onGap,
        tagAt: (offset) => fanOut.tagAt(offset),
        whenFlushed,
        onProved,
      },
    })
    return {
      reader,
      isTable: false,
      async open() {
        const position = await intake.open(isKept)
        if (position === undefined) return
        ring.reset(position)
        fanOut.flushed = position
      },
      start: () => intake.start(),
      repair: async () => {
        if (isKept) await intake.repair()
      },
      close: () => intake.close(),
    }
  })
}
