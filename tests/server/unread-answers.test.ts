import { connect } from 'node:net'
import { trunkline } from '@trunkline/core'
import { acceptTransport, createServer } from '@trunkline/server'
import { createTransportPair, createVirtualClock, eventually } from '@trunkline/testkit'
import * as v from 'valibot'
import { expect, onTestFinished, test } from 'vitest'
import { newToken, startServer } from '../support/open-peer.js'

const t = trunkline()

test('P10.3: nothing more is done for a peer whose socket is too full; what it sent is handled in order when it has read', async () => {
  const clock = createVirtualClock()
  const ran: number[] = []
  const note = t.procedure.input(v.number()).query(({ input }) => void ran.push(input))
  const server = createServer({ router: t.router({ note }), clock, limits: { maxBufferedBytes: 1_000 } })
  const pair = createTransportPair({ clock })
  acceptTransport(server, pair.server)
  onTestFinished(async () => {
    const ended = server.close()
    await clock.advance(2_000)
    await ended
  })
  pair.client.attach({ onMessage: () => {}, onClose: () => {} })
  pair.client.send(JSON.stringify({ hello: 'test/1', session: newToken() }))
  await clock.advance(1)
  const call = (id: number): void => pair.client.send(JSON.stringify({ query: id, path: 'note', data: id }))
  call(1)
  await clock.advance(1)
  pair.pretendBuffered(1_100, 'toClient')
  // On their way together: the first finds the socket full, the others came with it.
  for (let id = 2; id <= 4; id++) call(id)
  await clock.advance(1)
  call(5)
  await clock.advance(1)
  expect(ran).toEqual([1])
  pair.pretendBuffered(0, 'toClient')
  await clock.advance(1_000)
  expect(ran).toEqual([1, 2, 3, 4, 5])
})

test('P10.3: a peer that reads nothing and asks for large answers does not fill the memory', async () => {
  const answer = 'x'.repeat(64_000)
  const { server, port } = await startServer({ router: t.router({ large: t.procedure.query(() => answer) }) })
  const socket = connect({ port, host: '127.0.0.1' })
  onTestFinished(() => void socket.destroy())
  await new Promise((resolve) => socket.once('connect', resolve))
  socket.write(
    'GET / HTTP/1.1\r\nHost: a.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n' +
      'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Protocol: trunkline.1\r\n\r\n',
  )
  await new Promise((resolve) => socket.once('data', resolve))
  socket.pause()
  socket.write(maskedText(JSON.stringify({ hello: 'test/1', session: newToken() })))
  await eventually(() => server.metrics().sessions === 1)
  const calls = Array.from({ length: 1_000 }, (_, index) => maskedText(`{"query":${index + 1},"path":"large"}`))
  socket.write(Buffer.concat(calls))
  await eventually(() => server.metrics().messagesReceived > 500)
  // 64 MB were asked for; beside the limit there is the answer that passed it, and what the machine's sockets hold.
  expect(server.metrics().bufferedBytes).toBeLessThan(1_300_000)
  expect(server.metrics().callsStarted).toBeLessThan(500)
  socket.resume()
  await eventually(() => server.metrics().callsStarted === 1_000)
})

/** A text message of less than 126 bytes; its mask is zero. */
function maskedText(text: string): Buffer {
  return Buffer.concat([Buffer.from([0x81, 0x80 | text.length, 0, 0, 0, 0]), Buffer.from(text)])
}
