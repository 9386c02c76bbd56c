import { type ClientAndConnection, createClient, type InferEvent } from '@trunkline/client'
import type { AppRouter } from './api.js'

export type Chat = ClientAndConnection<AppRouter>
export type RoomEvent = InferEvent<Chat['api']['room']>

/** Signs in under `name`. The connection opens with the first call and comes back by itself. */
export function connect(url: string, name: string): Chat {
  return createClient<AppRouter>({ url, auth: () => name })
}
