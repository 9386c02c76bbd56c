/**
 * Faults of ours, for negative controls: each switches one mechanism off at a seam.
 */
import type { Clock, Transport } from '@trunkline/core'
import { intercept } from './intercept.js'
import type { SimBroker } from './sim-broker.js'

/** The broker answers as if every position stood in its history. */
export function withoutProof(broker: SimBroker): void {
  broker.spoilRead = async (page, from, whole) => {
    if (page.gap?.reason !== 'rewound' || typeof from === 'string' || 'last' in from) return page
    const entries = (await whole()).entries.filter(({ offset }) => offset > from.offset)
    const [first, ...rest] = entries
    if (first?.offset !== from.offset + 1) return { ...page, after: from, entries: [], gap: undefined, top: from }
    return { ...page, after: from, entries: [{ ...first, previousTag: from.tag }, ...rest], gap: undefined }
  }
}

/** The server is asked for what is new, wherever the client was. */
export function losesPositions(socket: Transport): Transport {
  return intercept(socket, {
    out: (text) => text.replaceAll(/,"since":\{[^{}]*\}/g, ''),
  })
}

/** Every ninth event does not arrive. */
export function losesEvents(socket: Transport): Transport {
  let events = 0
  return intercept(socket, {
    in: (text) => {
      const message: unknown = JSON.parse(text)
      if (!Array.isArray(message)) return text
      return JSON.stringify(message.filter((frame: object) => !('event' in frame) || ++events % 9 !== 0))
    },
  })
}

/** Every fifth ephemeral event arrives twice. */
export function repeatsWaves(socket: Transport): Transport {
  let waves = 0
  return intercept(socket, {
    in: (text) => {
      const message: unknown = JSON.parse(text)
      const frames: object[] = Array.isArray(message) ? message : [message]
      const isRepeated = (frame: object): boolean => 'event' in frame && !('offset' in frame) && ++waves % 5 === 0
      const all = frames.flatMap((frame) => (isRepeated(frame) ? [frame, frame] : [frame]))
      return all.length === frames.length ? text : JSON.stringify(all)
    },
  })
}

/** A call is sent again under what the newest server told, and not under what the first one had. */
export function forgetsEpochs(socket: Transport): Transport {
  let newest = ''
  return intercept(socket, {
    in: (text) => {
      newest = /"keys":"([^"]*)"/.exec(text)?.[1] ?? newest
      return text
    },
    out: (text) => text.replaceAll(/"keys":"[^"]*"/g, `"keys":"${newest}"`),
  })
}

/** A call that is sent again looks like a new one. */
export function resendsAsNew(socket: Transport): Transport {
  return intercept(socket, { out: (text) => text.replaceAll('"resend":true,', '') })
}

/** What may have run is told as refused. */
export function deniesRuns(socket: Transport): Transport {
  return intercept(socket, { in: (text) => text.replaceAll('"code":"CONNECTION_LOST"', '"code":"LIMIT_EXCEEDED"') })
}

/** Every ninth answer is that of another run. */
export function mixesAnswersUp(socket: Transport): Transport {
  let answers = 0
  return intercept(socket, {
    in: (text) =>
      text.replaceAll(/"data":\{"run":(\d+),/g, (all, run) => (++answers % 9 === 0 ? `"data":{"run":${run}0,` : all)),
  })
}

/** Every ninth item does not arrive. */
export function losesItems(socket: Transport): Transport {
  let items = 0
  return intercept(socket, {
    in: (text) => {
      const message: unknown = JSON.parse(text)
      if (!Array.isArray(message)) return text
      return JSON.stringify(message.filter((frame: object) => !('item' in frame) || ++items % 9 !== 0))
    },
  })
}

/** After a lost session nobody says which item was the last. */
export function losesCursors(socket: Transport): Transport {
  return intercept(socket, { out: (text) => text.replaceAll(/"lastEventId":"[^"]*",?/g, '') })
}

/** No timer of more than two seconds ever rings. */
export function ringsEarlyOnly(clock: Clock): Clock {
  return {
    now: () => clock.now(),
    schedule: (callback, delayMs) => (delayMs > 2_000 ? () => {} : clock.schedule(callback, delayMs)),
  }
}
