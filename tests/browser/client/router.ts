/** What the client is asked to do in a real browser. */
import { trunkline } from '@trunkline/core'
import * as v from 'valibot'

export interface Context {
  /** Breaks every connection of the network between the browser and the server. */
  cut(): void
}

const t = trunkline<Context>()

const room = t.topic({
  params: v.object({ room: v.string() }),
  event: v.number(),
  delivery: 'log',
  retain: { events: 1_000 },
  presence: v.object({ name: v.string() }),
})

export const router = t.router({
  room,
  echo: t.procedure.input(v.unknown()).query(({ input }) => input),
  add: t.procedure.input(v.object({ a: v.number(), b: v.number() })).query(({ input }) => input.a + input.b),
  count: t.procedure
    .input(v.number())
    .output(v.number())
    .subscription(async function* ({ input }) {
      for (let n = 0; n < input; n++) yield n
    }),
  say: t.procedure
    .input(v.object({ room: v.string(), n: v.number() }))
    .mutation(({ input, publish }) => publish(room, { room: input.room }, input.n)),
  cut: t.procedure.mutation(({ ctx }) => {
    ctx.cut()
    return 'answered behind the cut'
  }),
})
export type BrowserRouter = typeof router
