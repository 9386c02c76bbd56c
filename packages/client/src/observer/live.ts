/**
 * Observes the state of a topic: its snapshot reduced by the events after it, or a state that begins empty.
 *
 * Rule: state and position move together, so whoever takes up a state that was left, or that a server rendered, misses
 * nothing and gets nothing twice.
 */
import type { Gap, Position, Since, TrunklineError } from '@trunkline/core'
import { reduceTopic } from '../reduce-topic.js'
import type { EntryPlace, TopicStatus } from '../topic-callbacks.js'
import { inputKey } from './input-key.js'
import { createObserver, createRegistry, type Observer } from './observer.js'
import type { ObservableTopic, TopicState } from './topic.js'

/** The state of a topic. */
export interface LiveState<TState> extends TopicState {
  /** Undefined until the first snapshot came. */
  readonly data: TState
}

/** A state with its place, as a server's caller gives it. */
export interface PlacedState<TState> {
  readonly state: TState
  readonly position: Position
}

/** How a state is kept. */
export interface LiveOptions<TState, TEvent> {
  /** Gives the next state; leaves the one before as it is. */
  readonly reduce: (state: TState, event: TEvent) => TState
  /** Of a topic with a snapshot: where to go on, from a server's render. */
  readonly initial?: PlacedState<TState> | undefined
  /** Of a topic without a snapshot: the state before any event. */
  readonly empty?: TState | undefined
  readonly since?: Since | undefined
  readonly onGap?: ((state: TState, gap: Gap) => TState) | undefined
}

type AnyState = LiveState<unknown>

const runsOf = createRegistry<AnyState>()
/** Where in the history a state is. */
const places = new WeakMap<AnyState, Since>()

/**
 * @param options - what it begins with.
 * @param latest - asked at each event for the newest `reduce` and `onGap`.
 */
export function observeLive<TTypes extends { readonly params: unknown; readonly event: unknown }, TState>(
  topic: ObservableTopic<TTypes>,
  params: TTypes['params'],
  options: LiveOptions<TState, TTypes['event']>,
  latest: () => Pick<LiveOptions<TState, TTypes['event']>, 'reduce' | 'onGap'> = () => options,
): Observer<LiveState<TState | undefined>> {
  const { initial, empty, since } = options
  const isReduced = empty === undefined
  let position: Since | undefined = initial?.position ?? since
  let last: AnyState = { data: isReduced ? initial?.state : empty, status: 'connecting', error: undefined }
  let isTable = false
  const reduce = (state: unknown, event: unknown): unknown => latest().reduce(state as TState, event)
  /** The state that was shown last, and from which it goes on. */
  const resting = (): AnyState => {
    // A table comes as a whole again, without what is removed meanwhile.
    const data = isTable ? empty : last.data
    if (last.status !== 'connecting') last = { data, status: 'connecting', error: undefined }
    return last
  }

  const observer = createObserver<AnyState>(
    resting,
    (set) => {
      const change = (next: Partial<AnyState>): void => {
        last = { ...last, ...next }
        if (position) places.set(last, position)
        set(last)
      }
      const onState = (data: unknown, place?: Position): void => {
        position = place ?? position
        change({ data })
      }
      const onStatus = (status: TopicStatus, error?: TrunklineError): void => change({ status, error })
      const callbacks = {
        since: position,
        onStatus,
        onEvent: (event: unknown, place?: Partial<PlacedState<unknown> & EntryPlace>) => {
          isTable ||= place?.key !== undefined
          onState(reduce(last.data, event), place?.position)
        },
        onGap: (gap: Gap) => {
          const { onGap } = latest()
          onState(onGap ? onGap(last.data as TState, gap) : empty, gap.position)
        },
      }
      // The types of the path say what it takes, which TypeScript cannot follow here.
      if (isReduced) {
        return reduceTopic(topic as never, params as never, reduce as never, {
          initial: position && ({ state: last.data, position } as never),
          onState,
          onStatus,
        }).unsubscribe
      }
      const handle = topic.subscribe(params as never, callbacks as never)
      return () => {
        // Also where no event has said so: it was live, and what comes from here on is missing.
        position = handle['~position']?.() ?? position
        handle.unsubscribe()
      }
    },
    // The state of a topic with a snapshot is the topic's; any other is whose reducer it is.
    isReduced ? runsOf(topic) : undefined,
    inputKey(params),
  )
  return {
    // What reduces to this state is given it.
    ...(observer as Observer<LiveState<TState | undefined>>),
    get: () => {
      const state = observer.get() as AnyState
      if (state.data === undefined && last.data !== undefined) {
        // Shared with one that began without a state, and waits for it: this one has it.
        if (last.status !== state.status || last.error !== state.error) last = { ...state, data: last.data }
      } else {
        // Kept with its place, also where another one began it: when it is left, that one may be gone for long.
        last = state
        position = places.get(state) ?? position
      }
      return last as LiveState<TState | undefined>
    },
  }
}
