import { createClient, type Gap, type InferEvent } from '@trunkline/client'
import { createReact } from '@trunkline/react'
import type { AppRouter } from '../api.js'
import { ownName } from './people/own-name.js'

export type { Gap }

/** Names this tab to the server's network switch; random, so that nobody else can cut it. */
const tab = crypto.getRandomValues(new Uint32Array(4)).join('-')

export const client = createClient<AppRouter>({
  url: `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/trunkline?tab=${tab}`,
  auth: () => ownName,
})
export const { api, TrunklineProvider, useConnection } = createReact<AppRouter>()

export type Reading = InferEvent<(typeof client)['api']['readings']>
export type AlarmEvent = InferEvent<(typeof client)['api']['alarms']['log']>
/** Where the subscription to a topic stands. */
export type Status = ReturnType<typeof api.readings.useTopic>['status']
export type Limit = InferEvent<(typeof client)['api']['limits']['changes']>

/** Has the server reset this tab's socket, and every new one, for so long. Goes over plain HTTP, which stays. */
export async function cutNetwork(cutMs: number): Promise<void> {
  await fetch(`/cut?tab=${tab}&ms=${cutMs}`, { method: 'POST' })
}
