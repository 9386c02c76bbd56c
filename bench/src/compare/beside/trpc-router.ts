// beside/trpc-router.ts
import { initTRPC } from '@trpc/server'
import * as v from 'valibot'
import { addNote, listNotes } from './notes.js'

const t = initTRPC.create()

export const trpcRouter = t.router({
  list: t.procedure.query(() => listNotes()),
  add: t.procedure.input(v.object({ text: v.string() })).mutation(({ input }) => addNote(input.text)),
})
export type TrpcRouter = typeof trpcRouter
