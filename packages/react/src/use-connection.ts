import type { ConnectionStatus } from '@trunkline/client'
import { observeConnection } from '@trunkline/client/observer'
import { useMemo } from 'react'
import { type Binding, useClient } from './binding.js'
import { useObserver } from './use-observer.js'

/** Where the connection stands, or what is selected of it. While a server renders it is `idle`. */
export function useConnection<TSelected = ConnectionStatus>(
  binding: Binding,
  select?: (status: ConnectionStatus) => TSelected,
): TSelected {
  const { connection } = useClient(binding)
  return useObserver(
    useMemo(() => observeConnection(connection), [connection]),
    select,
  )
}
