// trunkline/server.ts
import { trunkline } from '@trunkline/core'
import { createServer } from '@trunkline/server'
import * as v from 'valibot'
import { db } from '../db.js'

const t = trunkline()
const Message = v.object({ id: v.string(), text: v.string() })
const messages = t.topic({ event: Message, delivery: 'log', snapshot: () => db.after() })
export const router = t.router({
  messages,
  send: t.procedure.input(v.object({ text: v.string() })).mutation(async ({ input, publish }) => {
    const message = await db.add(input.text)
    await publish(messages, {}, message)
    return message
  }),
})
export type AppRouter = typeof router

await createServer({ router }).listen({ port: Number(process.env['PORT'] ?? 3000) })
