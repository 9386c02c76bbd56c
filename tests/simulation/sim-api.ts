import { trunkline } from '@trunkline/core'
import * as v from 'valibot'
import { createProcedures, type ProcedureApp } from './sim-procedures.js'
import type { SimProcess } from './sim-work.js'

/** What makes an event long: text, or bytes, with which it travels as a binary message. */
export type Pad = string | Uint8Array<ArrayBuffer>

/** Who asks. */
export interface SimContext {
  readonly identity: string
  /** Who answers. */
  readonly process: SimProcess
}
const t = trunkline<SimContext>()
const params = v.object({ room: v.string() })
const presence = v.object({ n: v.number() })
const event = v.object({ id: v.string(), pad: v.union([v.string(), v.instance(Uint8Array)]), key: v.string() })

/** How much the topics of a schedule keep. */
export interface SimRetain {
  readonly events: number
  readonly ageMs: number
}

/** How what is published in a room is delivered: its topic. */
export type RoomKind = 'log' | 'list' | 'table' | 'wave'

/** What the app of a schedule decides and stores. */
export interface SimApp extends ProcedureApp {
  readonly retain: SimRetain
  /** Of tables, and of waves where there is one node: what another one holds back has no place to be known by. */
  readonly throttle: { readonly perSecond: number } | undefined
  readonly wavesAreThrottled: boolean
  /** Gives the state of a list: the ids of what was stored in it. */
  readList(room: string): Promise<readonly string[]>
  /** Whether somebody may do anything in a room. */
  admits(identity: string, room: string): boolean | Promise<boolean>
}

/**
 * The router of a schedule: a log with ephemeral events beside it, a log with a snapshot, a table, and what is not kept;
 * each with presence, and with rights that may move. Beside them the procedures of sim-procedures.ts.
 */
export function createSimApi({ retain, throttle, wavesAreThrottled, readList, admits, ...app }: SimApp) {
  const authorize = ({
    ctx,
    params: { room },
  }: {
    readonly ctx: SimContext
    readonly params: { readonly room: string }
  }) => admits(ctx.identity, room)
  const snapshot = ({ params: { room } }: { readonly params: { readonly room: string } }) => readList(room)
  const common = { params, event, presence, authorize } as const
  const log = t.topic({ ...common, delivery: 'log', retain, clientPublish: true })
  const list = t.topic({ ...common, delivery: 'log', retain, snapshot })
  const table = t.topic({
    ...common,
    delivery: 'latest',
    key: ({ key }) => key,
    // By their ids, so that a schedule need not draw it: one in five.
    removes: ({ id }) => /[37]$/.test(id),
    throttle,
    clientPublish: true,
  })
  const wave = t.topic({
    ...common,
    delivery: 'ephemeral',
    throttle: wavesAreThrottled ? throttle : undefined,
    clientPublish: true,
  })
  return { log, list, table, wave, router: t.router({ log, list, table, wave, ...createProcedures(app) }) }
}

export type SimApi = ReturnType<typeof createSimApi>
