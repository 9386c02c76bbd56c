import { trunkline } from '@trunkline/core'
import * as v from 'valibot'

const t = trunkline()
const params = v.object({ room: v.string() })
const event = v.object({ id: v.string(), pad: v.string() })

/** How much the topic of a schedule keeps. */
export interface SimRetain {
  readonly events: number
  readonly ageMs: number
}

/** The router of a schedule. */
export function createSimApi(retain: SimRetain) {
  const room = t.topic({ params, event, delivery: 'log', retain, clientPublish: true })
  return { room, router: t.router({ room }) }
}

export type SimApi = ReturnType<typeof createSimApi>
