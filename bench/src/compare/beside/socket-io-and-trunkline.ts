// beside/socket-io-and-trunkline.ts
import { createServer as createHttpServer } from 'node:http'
import { trunkline } from '@trunkline/core'
import { createServer } from '@trunkline/server'
import { Server } from 'socket.io'
import * as v from 'valibot'
import { addNote, listNotes, type Note } from './notes.js'

const t = trunkline()
const added = t.topic({ event: v.object({ id: v.string(), text: v.string() }), delivery: 'log' })

/** Tells the clients of both. */
async function announce(note: Note): Promise<void> {
  io.emit('added', note)
  await server.publish(added, {}, note)
}

// Moved.
const router = t.router({
  added,
  list: t.procedure.query(() => listNotes()),
  add: t.procedure.input(v.object({ text: v.string() })).mutation(async ({ input }) => {
    const note = await addNote(input.text)
    await announce(note)
    return note
  }),
})
export type AppRouter = typeof router

export const http = createHttpServer()
export const server = createServer({ router })
server.attach(http, { path: '/trunkline' })

// Not moved yet.
export const io = new Server(http)
io.on('connection', (socket) => {
  socket.on('add', async (text: string, answer: (note: Note) => void) => {
    const note = await addNote(text)
    await announce(note)
    answer(note)
  })
})
