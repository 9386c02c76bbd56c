/**
 * The procedures of a schedule: what is asked of them says what they do, and they write down that they did it.
 */
import { type Publish, tracked, trunkline } from '@trunkline/core'
import * as v from 'valibot'
import type { SimContext } from './sim-api.js'
import type { SimWork } from './sim-work.js'

/** What procedures need of the world. */
export interface ProcedureApp {
  readonly work: SimWork
  now(): number
  /** Takes some time, or none. */
  pause(): Promise<void>
  /** Resolves after a time; when the signal fires it rejects at once. */
  wait(ms: number, signal?: AbortSignal): Promise<void>
  /** Publishes in a room for a handler, with what the handler was given for that. */
  tell(publish: Publish, room: string, id: string): Promise<void>
}

const t = trunkline<SimContext>()
const job = v.object({
  work: v.string(),
  takesMs: v.number(),
  ends: v.picklist(['ok', 'refused', 'threw']),
  heeds: v.boolean(),
  answerSize: v.number(),
  pad: v.string(),
  tells: v.optional(v.string()),
})
const series = v.object({
  work: v.string(),
  isTracked: v.boolean(),
  items: v.number(),
  everyMs: v.number(),
  size: v.number(),
  ends: v.picklist(['ends', 'refused', 'threw', 'stays']),
})

type Job = v.InferOutput<typeof job>
interface Answer {
  readonly run: number
  readonly pad: string
}
interface Scope {
  readonly input: Job
  readonly ctx: SimContext
  readonly signal: AbortSignal
  readonly publish: Publish
  readonly errors: { REFUSED(data: { run: number }): Error }
}

/** `get` asks, `add` must not be repeated, `once` is idempotent, `again` says that it may run again; `series` gives items. */
export function createProcedures({ work, now, pause, wait, tell }: ProcedureApp) {
  const base = t.procedure
    .use(async ({ next }) => {
      await pause()
      return next()
    })
    .errors({ REFUSED: v.object({ run: v.number() }) })
  const run = async ({ input, ctx, signal, publish, errors }: Scope): Promise<Answer> => {
    const execution = work.begin(input.work, ctx.process, now())
    await wait(input.takesMs, input.heeds ? signal : undefined)
    if (input.tells !== undefined) {
      await tell(publish, input.tells, `told-${input.work}`).catch((error: unknown) => {
        if (!ctx.process.isDead) execution.end = 'threw'
        throw error
      })
    }
    if (ctx.process.isDead) throw new Error('this process is dead')
    execution.end = input.ends
    if (input.ends === 'refused') throw errors.REFUSED({ run: execution.run })
    if (input.ends === 'threw') throw new Error('thrown on purpose')
    return { run: execution.run, pad: 'x'.repeat(input.answerSize) }
  }
  const asked = base.input(job)
  return {
    get: asked.query(run),
    add: asked.mutation(run),
    once: asked.idempotent().mutation(run),
    again: asked.idempotent({ onLost: 'rerun' }).mutation(run),
    series: base.input(series).subscription(async function* ({ input, signal, lastEventId, errors }) {
      const from = lastEventId === undefined ? 0 : Number(lastEventId) + 1
      const stream = work.beginStream(input.work, from)
      try {
        for (let n = from; n < input.items; n++) {
          if (input.everyMs > 0) await wait(input.everyMs, signal)
          stream.made = n
          const item = { run: stream.run, n, pad: 'x'.repeat(input.size) }
          yield input.isTracked ? tracked(String(n), item) : item
        }
        if (input.ends === 'refused') throw errors.REFUSED({ run: stream.run })
        if (input.ends === 'threw') throw new Error('thrown on purpose')
        if (input.ends === 'stays') await wait(Number.POSITIVE_INFINITY, signal)
      } finally {
        stream.isOpen = false
      }
    }),
  }
}
