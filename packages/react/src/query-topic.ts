/**
 * Keeps the cached data of a query true by the events of a topic.
 *
 * Not a cache, and not the query: TanStack Query fetches and keeps. Rule: data count as true only if they were fetched
 * after the topic answered, and patched by every event since. What came while a fetch was on its way is patched into its
 * result; where events were missed, the query is fetched again.
 */
import type { Query, QueryClient, QueryKey } from '@tanstack/react-query'
import type { Gap, Position, TrunklineError } from '@trunkline/client'
import { createObserver, createRegistry, inputKey, type Observer, type TopicState } from '@trunkline/client/observer'

/** What keeps a query true. */
export interface QueryTopicArgs {
  readonly queryClient: QueryClient
  readonly queryKey: QueryKey
  /** The client's node of the topic. */
  readonly node: {
    readonly '~path': string
    subscribe(params: unknown, callbacks: object): { unsubscribe(): void }
  }
  readonly params: unknown
  readonly since: Position | undefined
  readonly patch: (data: unknown, event: unknown) => unknown
}

const CONNECTING: TopicState = { status: 'connecting', error: undefined }

const runsOf = createRegistry<TopicState>()
/** Up to where cached data are true, by topic; gone with them. */
const positions = new WeakMap<Query, Map<string, Position>>()

/** Observes the topic's subscription; those who show the same query and topic patch it once. */
export function observeQueryTopic({
  queryClient,
  queryKey,
  node,
  params,
  since,
  patch,
}: QueryTopicArgs): Observer<TopicState> {
  const cache = queryClient.getQueryCache()
  const { queryHash } = queryClient.defaultQueryOptions({ queryKey })
  const topicKey = node['~path'] + inputKey(params)

  const feed = (set: (state: TopicState) => void): (() => void) => {
    const query = (): Query | undefined => cache.get(queryHash)
    const hasData = query()?.state.data !== undefined
    let at = hasData ? (positions.get(query() as Query)?.get(topicKey) ?? since) : undefined
    /** Events that came while a fetch is on its way. */
    let early: unknown[] = []
    /** A fetch must succeed before the data are true; whether the one on its way will do. */
    let isNeeded = false
    let isCovered = false
    let wasAway = true

    const isFetching = (): boolean => query()?.state.fetchStatus === 'fetching'
    const remember = (): void => {
      const of = query()
      if (!of || !at) return
      const known = positions.get(of) ?? new Map<string, Position>()
      positions.set(of, isNeeded ? new Map() : known.set(topicKey, at))
    }
    const fetchAgain = (): void => {
      isNeeded = true
      isCovered = false
      remember()
      void queryClient.invalidateQueries({ queryKey, exact: true })
    }
    const apply = (events: readonly unknown[]): void => {
      try {
        queryClient.setQueryData(queryKey, (data: unknown) => (data === undefined ? data : events.reduce(patch, data)))
      } catch (error) {
        // What could not be patched would be missing from here on.
        fetchAgain()
        throw error
      }
      remember()
    }
    const unlisten = cache.subscribe((change) => {
      if (change.type !== 'updated' || change.query.queryHash !== queryHash) return
      const { action } = change
      if (action.type === 'fetch') {
        early = []
        isCovered = true
      } else if (action.type === 'pause') {
        // It will ask anew, after all of these; later ones come over what is shown, and are not kept.
        early = []
      } else if (action.type === 'success' && !action.manual) {
        const events = early
        early = []
        if (isNeeded && !isCovered) return fetchAgain()
        isNeeded = false
        // After TanStack is done with what the fetch brought: here a patch that throws would be the fetch's failure.
        if (events.length > 0) queueMicrotask(() => isNeeded || apply(events))
        else remember()
      }
    })
    const { unsubscribe } = node.subscribe(params, {
      since: at,
      onEvent: (event: unknown, place: { readonly position?: Position } | undefined) => {
        at = place?.position ?? at
        if (isFetching()) early.push(event)
        // What has a hole stays as it is until it was fetched again.
        if (!isNeeded) apply([event])
        // Called off, as optimistic updates do: nobody else would begin it anew. One that failed is shown as failed.
        else if (query()?.state.fetchStatus === 'idle' && query()?.state.status !== 'error') fetchAgain()
      },
      onGap: (gap: Gap) => {
        at = gap.position
        fetchAgain()
      },
      onStatus: (status: TopicState['status'], error?: TrunklineError) => {
        set({ status, error })
        if (status === 'stale') wasAway = true
        if (status !== 'live') return
        if (isNeeded ? !isFetching() : wasAway && !at) fetchAgain()
        wasAway = false
      },
    })
    return () => {
      unlisten()
      unsubscribe()
    }
  }
  return createObserver<TopicState>(() => CONNECTING, feed, runsOf(queryClient), `${queryHash}${topicKey}`)
}
