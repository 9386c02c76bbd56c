/**
 * What the control room can do.
 *
 * The page imports its types only; the handlers below run in the server.
 */
import { trunkline } from '@trunkline/core'
import * as v from 'valibot'
import { type ControlRoom, KEPT_ALARMS } from './park/control-room.js'
import { HIGHEST_LIMIT, LOWEST_LIMIT, TURBINES } from './park/turbines.js'

export interface Context {
  /** Who calls: the name that this person's page was given. */
  readonly name: string
  readonly room: ControlRoom
}

const t = trunkline<Context>()

const Turbine = v.picklist(TURBINES)
const Name = v.pipe(v.string(), v.minLength(1), v.maxLength(24))

const Reading = v.object({
  turbine: Turbine,
  vibration: v.number(),
  atMs: v.number(),
  count: v.number(),
})

const Alarm = v.object({
  number: v.number(),
  turbine: Turbine,
  vibration: v.number(),
  limit: v.number(),
  atMs: v.number(),
  testedBy: v.nullable(v.string()),
})

const Limit = v.object({ turbine: Turbine, limit: v.number(), by: v.string() })

/**
 * The newest reading of each turbine. Sensors publish 50 a second each; nobody can see that, so the newest leaves at most
 * 30 times a second. Who was away gets the newest too, and none of those in between.
 */
export const readings = t.topic({
  event: Reading,
  delivery: 'latest',
  key: ({ turbine }) => turbine,
  throttle: { perSecond: 30 },
})

/**
 * What happened, in order. Who was away gets all of it, or is told what is missing. Its presence is who watches the farm,
 * and which turbine they look at.
 */
export const alarms = t.topic({
  event: v.variant('type', [
    v.object({ type: v.literal('raised'), alarm: Alarm }),
    v.object({ type: v.literal('acknowledged'), number: v.number(), by: v.string() }),
  ]),
  delivery: 'log',
  retain: { events: 2 * KEPT_ALARMS, ageMs: 60 * 60_000 },
  presence: v.object({ name: Name, looksAt: v.nullable(Turbine) }),
})

/** The limit of each turbine; a change of it reaches everybody. */
export const limits = t.topic({ event: Limit, delivery: 'latest', key: ({ turbine }) => turbine })

export const router = t.router({
  readings,
  alarms: {
    log: alarms,
    acknowledge: t.procedure
      .input(v.object({ number: v.number() }))
      .errors({ UNKNOWN_ALARM: v.object({ number: v.number() }) })
      .idempotent()
      .mutation(async ({ input: { number }, ctx, errors, publish }) => {
        if (!ctx.room.has(number)) throw errors.UNKNOWN_ALARM({ number })
        await publish(alarms, {}, { type: 'acknowledged', number, by: ctx.name })
      }),
    /** May be sent again after a broken connection: the alarm is raised once all the same. */
    test: t.procedure
      .input(v.object({ turbine: Turbine }))
      .idempotent()
      .mutation(async ({ input, ctx, publish }) => {
        const alarm = ctx.room.test(input.turbine, ctx.name)
        await publish(alarms, {}, { type: 'raised', alarm })
        return alarm
      }),
  },
  limits: {
    changes: limits,
    list: t.procedure.query(({ ctx }) => ctx.room.limits),
    set: t.procedure
      .input(
        v.object({ turbine: Turbine, limit: v.pipe(v.number(), v.minValue(LOWEST_LIMIT), v.maxValue(HIGHEST_LIMIT)) }),
      )
      .mutation(async ({ input, ctx, publish }) => {
        const limit = ctx.room.setLimit({ ...input, by: ctx.name })
        await publish(limits, {}, limit)
        return limit
      }),
  },
})
export type AppRouter = typeof router
