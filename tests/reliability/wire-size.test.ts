import { trunkline } from '@trunkline/core'
import * as v from 'valibot'
import { expect, test } from 'vitest'
import { openPeer, startServer } from '../support/open-peer.js'

const t = trunkline()

test('a small call and its answer take at most 30 % more bytes than a hand-written {id, path, input} envelope', async () => {
  const router = t.router({
    messages: { list: t.procedure.input(v.object({ room: v.string() })).query(() => [{ id: 'm1', text: 'hi' }]) },
  })
  const { url } = await startServer({ router })
  const peer = await openPeer(url)
  const call = { query: 1, path: 'messages.list', data: { room: 'general' } }
  peer.sends(call)
  const answer = await peer.receives({ ok: 1 })
  const ours = JSON.stringify(call).length + JSON.stringify(answer).length
  const handWritten =
    JSON.stringify({ id: 1, path: 'messages.list', input: { room: 'general' } }).length +
    JSON.stringify({ id: 1, result: [{ id: 'm1', text: 'hi' }] }).length
  console.log(`${ours} bytes against ${handWritten} hand-written: ${(ours / handWritten).toFixed(2)}×`)
  // The whole of what went over the socket after welcome, not only what this test wrote itself.
  expect(Buffer.byteLength(String(peer.messages.at(-1)))).toBe(JSON.stringify(answer).length)
  expect(ours / handWritten).toBeLessThanOrEqual(1.3)
})
