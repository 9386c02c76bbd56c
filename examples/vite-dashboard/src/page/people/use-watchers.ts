import type { Turbine } from '../../park/turbines.js'
import { api } from '../trunkline.js'
import { ownName } from './own-name.js'

export interface Watcher {
  readonly name: string
  readonly looksAt: Turbine | null
}

/** Tells the others that we are here and what we look at, and gives all who are. */
export function useWatchers(looksAt: Turbine): readonly Watcher[] {
  const { members } = api.alarms.log.usePresence({}, { name: ownName, looksAt })
  // In one order on all pages, whoever came or came back last.
  return members.map(({ state }) => state).sort((one, other) => one.name.localeCompare(other.name))
}
