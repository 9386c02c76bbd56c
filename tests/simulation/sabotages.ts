/**
 * Faults of ours, for negative controls: each switches one mechanism off at a seam.
 */
import type { Message, Transport } from '@trunkline/core'
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

interface Changes {
  readonly in?: (text: string) => string
  readonly out?: (text: string) => string
}

/** The same socket with its text messages changed on the way. */
function intercept(socket: Transport, changes: Changes): Transport {
  return {
    attach: (events) =>
      socket.attach({
        ...events,
        onMessage: (message) =>
          events.onMessage(typeof message === 'string' ? (changes.in?.(message) ?? message) : message),
      }),
    send: (message: Message) =>
      socket.send(typeof message === 'string' ? (changes.out?.(message) ?? message) : message),
    close: (code, reason) => socket.close(code, reason),
    get bufferedBytes() {
      return socket.bufferedBytes
    },
  }
}
