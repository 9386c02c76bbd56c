/**
 * What is asked for on every connection: the events of topics, and who is present on them (section 6 of the spec).
 *
 * Not what comes for it: topic.ts and presence.ts take that. All consumers of one topic and params share one wish.
 * Rule: what a connection said of a wish, its id and its number, is void on the next one.
 */
import { TrunklineError } from '@trunkline/core'
import { type ClientWireFrame, writeClientFrame } from '@trunkline/core/protocol'
import type { FrameHandlers, Link } from './link.js'
import { keyOf } from './params-key.js'

/** One wish, however many share it. */
export interface Wish<TConsumer> {
  readonly key: string
  readonly path: string
  readonly params: unknown
  readonly consumers: Set<TConsumer>
  /** Of the frame that asks for it; 0 while that waits to be sent. */
  id: number
  /** The number of what comes for it on this connection; -1 while it is not answered. */
  as: number
}

/** The wishes of one kind. */
export interface Wishes<TConsumer, TWish extends Wish<TConsumer>> {
  readonly all: ReadonlyMap<string, TWish>
  /** The wish for a topic and params; a new one has no consumer yet, and is sent by `pump`. */
  of(path: string, params: unknown): TWish
  /** A consumer leaves; with the last one goes the wish. */
  leave(wish: TWish, consumer: TConsumer): void
  /** Takes back what was asked: `pump` will ask anew. */
  retract(wish: TWish): void
  /** The wish cannot go on: its consumers are told. */
  end(wish: TWish, error: TrunklineError): void
  pump(): void
  detached(): void
  /** A handler of the frame that answers a wish with the number of what comes for it. */
  answered<TFrame extends { readonly as: number }>(
    handle: (wish: TWish, frame: TFrame) => void,
  ): (id: number, frame: TFrame) => void
  /** A handler of frames that come under the number of a wish. */
  numbered<TFrame>(handle: (wish: TWish, frame: TFrame) => void): (as: number, frame: TFrame) => void
  readonly closed: NonNullable<FrameHandlers['closed']>
}

/** How many may wait for their answer: after a reconnect a server gets them in this portion. */
const MAX_UNANSWERED = 32

/**
 * @param create - what a new wish has beside the members of all.
 * @param ask - the frame that asks for a wish.
 * @param onEnd - tells the consumers of a wish that it is over, and why.
 */
export function createWishes<TConsumer, TWish extends Wish<TConsumer>>(
  link: Link,
  create: () => Omit<TWish, keyof Wish<TConsumer>>,
  ask: (wish: TWish) => ClientWireFrame,
  onEnd: (wish: TWish, error: TrunklineError) => void,
): Wishes<TConsumer, TWish> {
  const all = new Map<string, TWish>()
  const byId = new Map<number, TWish>()
  const byNumber = new Map<number, TWish>()

  const forget = (wish: TWish): void => {
    byId.delete(wish.id)
    byNumber.delete(wish.as)
    wish.id = 0
    wish.as = -1
  }

  /** False where it was removed before: what is wanted under its key by now is another wish, of a consumer that was told. */
  const remove = (wish: TWish): boolean => {
    if (all.get(wish.key) !== wish) return false
    wishes.retract(wish)
    all.delete(wish.key)
    wishes.pump()
    return true
  }

  const wishes: Wishes<TConsumer, TWish> = {
    all,

    of(path, params) {
      const key = keyOf(path, params)
      // A wish is what all have and what `create` gives.
      const wish = all.get(key) ?? ({ key, path, params, consumers: new Set(), id: 0, as: -1, ...create() } as TWish)
      all.set(key, wish)
      return wish
    },

    leave(wish, consumer) {
      if (wish.consumers.delete(consumer) && wish.consumers.size === 0) remove(wish)
    },

    retract(wish) {
      if (wish.id) link.post(writeClientFrame({ unsub: wish.id }))
      forget(wish)
    },

    end(wish, error) {
      if (!remove(wish)) return
      onEnd(wish, error)
      wish.consumers.clear()
    },

    pump() {
      for (const wish of all.values()) {
        if (wish.id) continue
        // The params fit into 256 bytes (P7.2) and the rest of the frame is no longer.
        if (byId.size - byNumber.size >= MAX_UNANSWERED || !link.hasRoom(512)) return
        wish.id = link.nextId()
        byId.set(wish.id, wish)
        link.post(writeClientFrame(ask(wish)))
      }
    },

    detached: () => all.forEach(forget),

    answered: (handle) => (id, frame) => {
      const wish = byId.get(id)
      if (!wish) return
      wish.as = frame.as
      byNumber.set(wish.as, wish)
      handle(wish, frame)
      wishes.pump()
    },

    numbered: (handle) => (as, frame) => {
      const wish = byNumber.get(as)
      if (wish) handle(wish, frame)
    },

    closed(id, { code, message, issues }) {
      const wish = byId.get(id)
      if (!wish) return
      // The server ended it: there is nothing to take back.
      forget(wish)
      wishes.end(wish, new TrunklineError(code, message, { issues, path: wish.path }))
    },
  }
  return wishes
}
