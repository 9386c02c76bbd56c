import { trunkline } from '@trunkline/core'
import * as v from 'valibot'

const t = trunkline()
const params = v.object({ room: v.string() })
const presence = v.object({ n: v.number() })
const event = v.object({ id: v.string(), pad: v.string(), key: v.string() })

/** How much the topics of a schedule keep. */
export interface SimRetain {
  readonly events: number
  readonly ageMs: number
}

/** How what is published in a room is delivered: its topic. */
export type RoomKind = 'log' | 'list' | 'table'

/**
 * The router of a schedule: a log with ephemeral events beside it, a log with a snapshot, and a table; each with presence.
 *
 * @param readList - gives the state of a list: the ids of what was stored in it.
 */
export function createSimApi(retain: SimRetain, readList: (room: string) => Promise<readonly string[]>) {
  const log = t.topic({ params, event, presence, delivery: 'log', retain, clientPublish: true })
  const snapshot = ({ params: { room } }: { readonly params: { readonly room: string } }) => readList(room)
  const list = t.topic({ params, event, presence, delivery: 'log', retain, snapshot })
  const table = t.topic({ params, event, presence, delivery: 'latest', key: ({ key }) => key, clientPublish: true })
  return { log, list, table, router: t.router({ log, list, table }) }
}

export type SimApi = ReturnType<typeof createSimApi>
