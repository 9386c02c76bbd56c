/**
 * The client's standing wish for the items of a subscription procedure (P5.5, P5.6).
 *
 * Not a topic. Rule: an item is taken when the consumer gets it, and only what was taken is told to the server as taken
 * and moves the cursor.
 */
import type { Codec, TrunklineError } from '@trunkline/core'
import { WINDOW_BYTES, WINDOW_ITEMS, writeClientFrame } from '@trunkline/core/protocol'
import type { CallTable } from './call-table.js'
import type { Emitter } from './emitter.js'
import type { Link } from './link.js'
import { readPayload } from './read-payload.js'

/**
 * - `connecting`: not sent yet.
 * - `live`: asked for on an open connection.
 * - `stale`: the connection is lost; items go on where they stopped if it comes back.
 * - `restarted`: told once when the session was lost and no item was tracked: the items start anew.
 * - `closed`: ended, failed or given up.
 */
export type SubscriptionStatus = 'connecting' | 'live' | 'stale' | 'restarted' | 'closed'

/** What both ways to consume a subscription can be given. */
export interface IterateOptions {
  /** Ends the subscription; a loop then throws `CANCELLED`. */
  readonly signal?: AbortSignal | undefined
  readonly onStatus?: ((status: SubscriptionStatus) => void) | undefined
}

/** A subscription consumed by callbacks. */
export interface SubscriptionCallbacks<TItem, TError = TrunklineError> extends IterateOptions {
  readonly onItem: (item: TItem) => void
  /** It failed; nothing follows. */
  readonly onError?: ((error: TError) => void) | undefined
  /** Its generator returned; nothing follows. */
  readonly onEnd?: (() => void) | undefined
}

/** A running subscription. */
export interface SubscriptionHandle<TStatus = SubscriptionStatus> {
  /** Ends it here and at the server. */
  unsubscribe(): void
  status(): TStatus
}

/** Who consumes a subscription. */
interface Consumer {
  /** There is an item to take. */
  onReady(): void
  onDone(error: TrunklineError | undefined): void
  onStatus?: ((status: SubscriptionStatus) => void) | undefined
}

interface Item {
  readonly value: unknown
  readonly cursor: string | undefined
  readonly bytes: number
}

/** One subscription of the app. */
export interface Subscription extends SubscriptionHandle {
  /** Takes the next item that has come. */
  take(): Item | undefined
}

/** Opens a subscription. */
export type Subscribe = (
  path: string,
  input: unknown,
  signal: AbortSignal | undefined,
  consumer: Consumer,
) => Subscription

export function createSubscribe(link: Link, calls: CallTable, codec: Codec, emitter: Emitter): Subscribe {
  const tells = new Set<() => void>()
  /** Bytes that were taken and not told, of all subscriptions: the server's window counts them together. */
  let allUntold = 0

  return (path, input, signal, consumer) => {
    let items: Item[] = []
    let status: SubscriptionStatus = 'connecting'
    let lastMessage = 0
    let taken = 0
    let told = 0
    let untold = 0

    const forget = (): void => {
      allUntold -= untold
      untold = 0
    }
    const tell = (): void => {
      forget()
      if (taken === told) return
      told = taken
      link.keep(writeClientFrame({ taken: call.id, n: told }))
    }
    const setStatus = (next: SubscriptionStatus): void => {
      if (status === next || status === 'closed') return
      status = next
      emitter.guard(path, consumer.onStatus, next)
    }
    const done = (error?: TrunklineError): void => {
      if (status === 'closed') return
      setStatus('closed')
      forget()
      tells.delete(tell)
      consumer.onDone(error)
    }
    tells.add(tell)
    const call = calls.start('subscribe', path, input, { signal }, () => done(), done, {
      live: (isLive) => setStatus(isLive ? 'live' : 'stale'),
      restart: () => {
        // What was not taken comes again behind the cursor, or with everything else.
        items = []
        forget()
        taken = told = 0
        if (call.isSent && !call.lastEventId) setStatus('restarted')
      },
      item: (frame) => {
        // Frames are not measured one by one: a message's length, once, is at least what its items of this stream take.
        const bytes = lastMessage === link.message ? 0 : link.messageLength
        lastMessage = link.message
        const take = (value: unknown): void => {
          items.push({ value, cursor: frame.cursor, bytes })
          consumer.onReady()
        }
        readPayload(codec, frame, path, take, (error) => {
          calls.cancel(call)
          done(error)
        })
      },
    })
    return {
      take: () => {
        const item = items.shift()
        if (item && status !== 'closed') {
          if (item.cursor) call.lastEventId = item.cursor
          taken += 1
          untold += item.bytes
          allUntold += item.bytes
          // A quarter of a window at a time: often enough that the server never waits, rarely enough to cost nothing.
          if (allUntold >= WINDOW_BYTES) for (const each of tells) each()
          else if (untold >= WINDOW_BYTES / 4 || taken - told >= WINDOW_ITEMS / 4) tell()
        }
        return item
      },
      unsubscribe: () => {
        items = []
        if (status !== 'closed') calls.cancel(call)
        done()
      },
      status: () => status,
    }
  }
}
