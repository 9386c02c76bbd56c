import { trunkline } from '@trunkline/core'
import { startRawServer } from '@trunkline/testkit'
import * as v from 'valibot'
import { afterEach, expect, test } from 'vitest'
import { createClient } from './json.node.js'

const t = trunkline()
const router = t.router({
  greet: t.procedure.input(v.object({ name: v.string() })).query(({ input }) => `Hello ${input.name}`),
})

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup()
})

const WELCOME = {
  resumed: false,
  received: 0,
  keys: 'k1',
  heartbeat: { intervalMs: 15_000, timeoutMs: 10_000 },
  resumeMs: 10_000,
  limits: { maxMessageBytes: 262_144, maxCalls: 256, maxSubscriptions: 128 },
}

test('a query is sent right behind hello and resolves with its answer', async () => {
  const server = await startRawServer()
  cleanups.push(() => server.close())
  const { api, connection } = createClient<typeof router>({ url: server.url })
  cleanups.push(() => connection.close())
  const greeting = api.greet.query({ name: 'Ada' })
  const peer = await server.accepts()
  const hello = (await peer.receives({ hello: /^trunkline-js\// })) as { session: string }
  await peer.receives({ query: 1, path: 'greet', data: { name: 'Ada' } })
  peer.sends({ welcome: hello.session, ...WELCOME })
  peer.sends({ ok: 1, data: 'Hello Ada' })
  expect(await greeting).toBe('Hello Ada')
  expect(connection.status).toEqual({ state: 'open' })
})
