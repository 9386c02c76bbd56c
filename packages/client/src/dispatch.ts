/**
 * From a frame to what handles it: one switch, a line per kind.
 *
 * Rule: no try, no I/O; frames for something that is not there any more are ignored, since answers may come twice.
 */
import type { ServerFrame } from '@trunkline/core/protocol'
import type { CallTable } from './call-table.js'
import type { Topics } from './topic.js'

/** Hands on a frame that is not the connection's own, with the number and length of its message. */
export function dispatch(frame: ServerFrame, calls: CallTable, topics: Topics, message: number, length: number): void {
  switch (frame.kind) {
    case 'ok':
      return calls.ok(frame)
    case 'item':
      return calls.get(frame.id)?.stream?.item(frame, message, length)
    case 'event':
      return topics.event(frame)
    case 'error':
    case 'bad':
      return calls.failed(frame)
    case 'end':
      return calls.end(frame.id)
    case 'subbed':
      return topics.subbed(frame)
    case 'gap':
      return topics.gap(frame)
    case 'live':
    case 'behind':
      return topics.live(frame)
    case 'closed':
      return topics.ended(frame)
    case 'stale':
      return topics.stale(frame.stale)
  }
}
