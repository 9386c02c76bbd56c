import { useQueryClient } from '@tanstack/react-query'
import { upsertBy } from '@trunkline/client'
import { useLiveQuery } from '@trunkline/react'
import { DEFAULT_LIMIT, type Turbine } from '../../park/turbines.js'
import { ownName } from '../people/own-name.js'
import { api, type Limit } from '../trunkline.js'

interface Limits {
  readonly of: (turbine: Turbine) => Limit
  /** Resolves when the server has agreed, or refused. */
  readonly set: (turbine: Turbine, limit: number) => Promise<void>
  /** What became of the last change, when it did not become true. */
  readonly problem: string
}

const upsert = upsertBy(({ turbine }: Limit) => turbine)

/** The limits: fetched once, kept true by their topic, and changed here before the server has agreed. */
export function useLimits(): Limits {
  const queryClient = useQueryClient()
  const queryKey = api.limits.list.queryKey()
  const { query } = useLiveQuery(api.limits.list, undefined, { topic: api.limits.changes, params: {}, patch: upsert })

  const change = api.limits.set.useMutation({
    onMutate: ({ turbine, limit }) => {
      const before = queryClient.getQueryData(queryKey)?.find((each) => each.turbine === turbine)
      queryClient.setQueryData(queryKey, (limits = []) => upsert(limits, { turbine, limit, by: ownName }))
      return before
    },
    // The topic tells it too, but may be telling an older change of ours first.
    onSuccess: (limit) => void queryClient.setQueryData(queryKey, (limits = []) => upsert(limits, limit)),
    onError: (_error, _input, before) => {
      if (before !== undefined) queryClient.setQueryData(queryKey, (limits = []) => upsert(limits, before))
    },
  })

  return {
    of: (turbine) =>
      query.data?.find((limit) => limit.turbine === turbine) ?? { turbine, limit: DEFAULT_LIMIT, by: 'factory' },
    set: (turbine, limit) =>
      change.mutateAsync({ turbine, limit }).then(
        () => undefined,
        // Told by `problem`.
        () => undefined,
      ),
    problem: change.error === null ? '' : `The limit was not changed: ${change.error.message}`,
  }
}
