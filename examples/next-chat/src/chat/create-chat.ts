/**
 * The chat of this process: its router, what was said, and who may come in.
 */
import { TrunklineError } from '@trunkline/core'
import { createCaller, createMemoryBroker, createServer } from '@trunkline/server'
import { createPasses, PASS_COOKIE, readCookie } from '../auth/pass'
import { loadSecret } from '../auth/secret'
import { rooms, router } from './api'
import { Store } from './store'

export type Chat = ReturnType<typeof createChat>

/** @param folder - keeps messages and the secret of the cookies. */
export function createChat(folder: string) {
  const store = new Store(folder)
  const passes = createPasses(loadSecret(folder))
  // Where topics live; named, so that pages can ask how one stands.
  const broker = createMemoryBroker()
  const server = createServer({
    router,
    broker,
    // The same cookie that the pages read: a browser sends it with the handshake.
    authenticate: ({ request }) => {
      const pass = passes.read(readCookie(request.headers.cookie, PASS_COOKIE))
      if (pass === undefined) throw new TrunklineError('UNAUTHENTICATED', 'Nobody is signed in here.')
      return { identity: pass.name, expiresAt: pass.expiresAtMs }
    },
    context: ({ identity }) => ({ name: identity, store }),
    // How long somebody whose tab is gone is still shown: it may be a reload.
    presence: { graceMs: 5_000 },
    trustProxy: Number(process.env['CHAT_TRUST_PROXY'] ?? 0),
  })
  return {
    server,
    passes,
    /** All rooms, each with the last thing that was said there. */
    rooms: () => store.rooms(),
    /** Calls the router as somebody, in this process. */
    callAs: (name: string) => createCaller({ router, context: { name, store }, broker, publish: server.publish }),
    /** Publishes the rooms that were kept; a topic in memory begins empty. */
    announceRooms: async () => {
      for (const room of store.rooms()) await server.publish(rooms, {}, room)
    },
    /** Ends calls and connections; resolves when everything that was said is kept. */
    close: async () => {
      await server.close({ drainMs: 1_000 })
      await store.flush()
    },
  }
}
