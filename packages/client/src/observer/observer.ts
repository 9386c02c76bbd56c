/**
 * A value that changes, for whoever shows it: what a hook of any framework binds to.
 *
 * Not a store of the app. Rule: what feeds it runs while somebody listens. Nothing is made before the first listener, so a
 * render that is thrown away leaves nothing; the last listener's leave counts at the end of the turn, so one that leaves
 * and comes back at once, as React's StrictMode does, interrupts nothing. What is over is begun anew by who comes back.
 */

/** A value that changes. */
export interface Observer<TState> {
  /** What is shown before anything came: by a server, and by the browser that takes over from it. */
  readonly initial: TState
  /** The newest value; the same object until it changes. */
  get(): TState
  /**
   * Calls back after each change, until the function returned is called. Of what hands out items the listener is given
   * the item that the change is made of.
   */
  subscribe(listener: Listener): () => void
}

export type Listener = (...items: unknown[]) => void

/** What feeds an observer: it is given `set`, and returns what ends it. */
export type Feed<TState> = (set: (state: TState, ...items: unknown[]) => void) => () => void

/** What an observer needs to know of a state: whether it is the last one. */
interface Endable {
  readonly status?: string
  readonly error: unknown
}

interface Running<TState> {
  state: TState
  readonly listeners: Set<Listener>
  stop: () => void
}

/** Observers that run, by key: of one key there is one, however many are shown. */
export type Runs<TState> = Map<string | undefined, Running<TState>>

/**
 * @param initial - asked whenever nothing runs; gives the same object each time, until what it stands for changed.
 */
export function createObserver<TState extends Endable>(
  initial: () => TState,
  feed: Feed<TState>,
  runs: Runs<TState> = new Map(),
  key?: string,
): Observer<TState> {
  const start = (): Running<TState> => {
    const run: Running<TState> = { state: initial(), listeners: new Set(), stop: () => {} }
    runs.set(key, run)
    const set: Parameters<Feed<TState>>[0] = (state, ...items) => {
      run.state = state
      let failure: { readonly error: unknown } | undefined
      for (const listener of run.listeners) {
        try {
          listener(...items)
        } catch (error) {
          failure ??= { error }
        }
      }
      // The client that called reports it, once everybody has been told.
      if (failure) throw failure.error
    }
    try {
      run.stop = feed(set)
    } catch (error) {
      runs.delete(key)
      throw error
    }
    return run
  }
  /** Ends a run that nobody listens to. */
  const end = (run: Running<TState>): void => {
    if (run.listeners.size > 0 || runs.get(key) !== run) return
    runs.delete(key)
    run.stop()
  }
  return {
    initial: initial(),
    get: () => runs.get(key)?.state ?? initial(),
    subscribe: (listener) => {
      const lingering = runs.get(key)
      if (lingering && (lingering.state.error || lingering.state.status === 'closed')) end(lingering)
      const run = runs.get(key) ?? start()
      // A function of its own, so that one listener can be added twice and removed once.
      const entry: Listener = (...items) => listener(...items)
      run.listeners.add(entry)
      return () => {
        run.listeners.delete(entry)
        queueMicrotask(() => end(run))
      }
    },
  }
}

/** Observers that run, by what they observe: shared by everybody who has the same client. */
export function createRegistry<TState>(): (of: object) => Runs<TState> {
  const registry = new WeakMap<object, Runs<TState>>()
  return (of) => {
    const runs: Runs<TState> = registry.get(of) ?? new Map()
    registry.set(of, runs)
    return runs
  }
}
