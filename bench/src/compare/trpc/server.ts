// trpc/server.ts
import { EventEmitter, on } from 'node:events'
import { initTRPC, tracked } from '@trpc/server'
import { applyWSSHandler } from '@trpc/server/adapters/ws'
import * as v from 'valibot'
import { WebSocketServer } from 'ws'
import { db } from '../db.js'

const t = initTRPC.create()
const emitter = new EventEmitter()
export const router = t.router({
  send: t.procedure.input(v.object({ text: v.string() })).mutation(async ({ input }) => {
    const message = await db.add(input.text)
    emitter.emit('added')
    return message
  }),
  messages: t.procedure.input(v.object({ lastEventId: v.nullish(v.string()) })).subscription(async function* (opts) {
    const added = on(emitter, 'added', { signal: opts.signal })
    let lastId = opts.input.lastEventId
    do {
      for (const message of await db.after(lastId)) {
        yield tracked(message.id, message)
        lastId = message.id
      }
    } while (!(await added.next()).done)
  }),
})
export type AppRouter = typeof router

applyWSSHandler({ wss: new WebSocketServer({ port: Number(process.env['PORT'] ?? 3000) }), router })
