// beside/router.ts
import { trunkline } from '@trunkline/core'
import * as v from 'valibot'
import { addNote } from './notes.js'
import { trpcRouter } from './trpc-router.js'

const t = trunkline()
const Note = v.object({ id: v.string(), text: v.string() })
export const added = t.topic({ event: Note, delivery: 'log' })

export const router = t.router({
  added,
  // Not moved yet: goes through the tRPC router, middleware and all.
  list: t.procedure.query(() => trpcRouter.createCaller({}).list()),
  // Moved.
  add: t.procedure.input(v.object({ text: v.string() })).mutation(async ({ input, publish }) => {
    const note = await addNote(input.text)
    await publish(added, {}, note)
    return note
  }),
})
export type AppRouter = typeof router
