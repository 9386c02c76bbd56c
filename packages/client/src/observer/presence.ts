/**
 * Observes who is present on a topic, and is present itself where it has a state.
 *
 * Rule: those who are present on one topic and params are it by one join: with the state of the first, and the changes of
 * all.
 */
import type { TrunklineError } from '@trunkline/core'
import type { Joined, Member, Members, UpdateOptions } from '../presence-types.js'
import { inputKey } from './input-key.js'
import { createObserver, createRegistry, type Observer } from './observer.js'

/** Who is present. */
export interface PresenceState<TState> {
  /** Empty until it is known. */
  readonly members: readonly Member<TState>[]
  /** How many there are: more than `members` above 200. */
  readonly count: number
  /** Whether it is not known yet. */
  readonly isPending: boolean
  /** Why the server refused a join, an update or the list, or that the connection was closed for good. */
  readonly error: TrunklineError | undefined
}

/** An observer that may be present itself. */
export interface PresenceObserver<TJoin, TState> extends Observer<PresenceState<TState>> {
  /** Changes the state that is shown of this client; nothing while it is not present. */
  update(patch: TJoin extends object ? Partial<TJoin> : TJoin, options?: UpdateOptions): void
}

/** A topic with presence, as far as it is observed. */
export interface ObservablePresence<TTypes> {
  readonly '~types': TTypes
  join(params: never, state: never, options: never): Joined<never, unknown>
  presence(params: never): Members<unknown>
}

type AnyState = PresenceState<unknown>

const PENDING: AnyState = { members: [], count: 0, isPending: true, error: undefined }

const runsOf = createRegistry<AnyState>()
/** The joins of the observers that run. */
const joins = new WeakMap<object, Joined<never, unknown>>()

/**
 * @param state - asked when it starts: what to be present with. Left out to watch only.
 */
export function observePresence<
  TTypes extends { readonly params: unknown; readonly join: unknown; readonly presence: unknown },
>(
  topic: ObservablePresence<TTypes>,
  params: TTypes['params'],
  state?: () => TTypes['join'],
): PresenceObserver<TTypes['join'], TTypes['presence']> {
  const runs = runsOf(topic)
  // Who is present and who watches do not share: one of them may be refused.
  const key = `${state ? 'join' : 'watch'}${inputKey(params)}`
  const observer = createObserver<AnyState>(
    () => PENDING,
    (set) => {
      let now = PENDING
      const change = (next: Partial<AnyState>): void => {
        now = { ...now, ...next }
        set(now)
      }
      const onError = (error: TrunklineError): void => change({ error })
      // The types of the path say what it takes, which TypeScript cannot follow here.
      const joined = state && topic.join(params as never, state() as never, { onError } as never)
      const run = runs.get(key)
      if (joined && run) joins.set(run, joined)
      const unwatch = topic
        .presence(params as never)
        .subscribe((members, count) => change({ members, count, isPending: false }), onError)
      return () => {
        joined?.leave()
        unwatch()
      }
    },
    runs,
    key,
  )
  return {
    // Of these types are the members of this path.
    ...(observer as Observer<PresenceState<TTypes['presence']>>),
    update: (patch, options) => {
      const tell = (): void => {
        const run = runs.get(key)
        if (run) joins.get(run)?.update(patch as never, options)
      }
      // An effect of a child comes before the one that joins.
      if (runs.has(key)) tell()
      else queueMicrotask(tell)
    },
  }
}
