// orpc/server.ts
import { EventPublisher, os, withEventMeta } from '@orpc/server'
import { RPCHandler } from '@orpc/server/ws'
import * as v from 'valibot'
import { WebSocketServer } from 'ws'
import { db } from '../db.js'

const publisher = new EventPublisher<{ added: object }>()
export const router = {
  send: os.input(v.object({ text: v.string() })).handler(async ({ input }) => {
    const message = await db.add(input.text)
    publisher.publish('added', message)
    return message
  }),
  messages: os.handler(async function* ({ signal, lastEventId }) {
    const added = publisher.subscribe('added', { signal })
    let lastId = lastEventId
    do {
      for (const message of await db.after(lastId)) {
        yield withEventMeta(message, { id: message.id })
        lastId = message.id
      }
    } while (!(await added.next()).done)
  }),
}

const handler = new RPCHandler(router)
const wss = new WebSocketServer({ port: Number(process.env['PORT'] ?? 3000) })
wss.on('connection', (socket) => void handler.upgrade(socket))
