import { connect, type Socket } from 'node:net'
import { trunkline } from '@trunkline/core'
import { createServer, type Server } from '@trunkline/server'
import { eventually } from '@trunkline/testkit'
import { expect, onTestFinished, test } from 'vitest'
import { newToken } from '../support/open-peer.js'

const t = trunkline()

/** A peer that writes WebSocket frames by hand, behind its hello. */
async function framePeer(): Promise<{ server: Server; socket: Socket; codes: number[] }> {
  const server = createServer({ router: t.router({ ping: t.procedure.query(() => 'pong') }) })
  onTestFinished(() => server.close())
  const codes: number[] = []
  server.on('connection-closed', ({ code }) => codes.push(code))
  const { port } = await server.listen()
  const socket = connect({ port, host: '127.0.0.1' })
  onTestFinished(() => void socket.destroy())
  socket.on('error', () => {}).resume()
  socket.write(
    'GET / HTTP/1.1\r\nHost: a.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n' +
      'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Protocol: trunkline.1\r\n\r\n',
  )
  await new Promise((resolve) => socket.once('data', resolve))
  socket.write(frame(0x81, JSON.stringify({ hello: 'test/1', session: newToken() })))
  await eventually(() => server.metrics().sessions === 1)
  return { server, socket, codes }
}

/** A frame of less than 126 bytes; its mask is zero. */
function frame(firstByte: number, text = ''): Buffer {
  return Buffer.concat([Buffer.from([firstByte, 0x80 | text.length, 0, 0, 0, 0]), Buffer.from(text)])
}

const repeat = (bytes: Buffer, count: number): Buffer => Buffer.concat(Array.from({ length: count }, () => bytes))

test('a peer that sends more than 128 pongs and no message is cut off; with messages between them it is not', async () => {
  const { server, socket, codes } = await framePeer()
  const pong = frame(0x8a)
  for (let id = 1; id <= 10; id++) {
    socket.write(repeat(pong, 100))
    socket.write(frame(0x81, `{"query":${id},"path":"ping"}`))
  }
  await eventually(() => server.metrics().callsStarted === 10)
  expect(codes).toEqual([])
  socket.write(repeat(pong, 129))
  await eventually(() => codes.length === 1)
  expect(codes).toEqual([1006])
})

test('a message comes in up to 128 fragments, however empty; more of them end the connection', async () => {
  const { server, socket, codes } = await framePeer()
  const inFragments = (count: number): Buffer =>
    Buffer.concat([frame(0x01, '{"query":1,"path":"ping"}'), repeat(frame(0x00), count - 2), frame(0x80)])
  socket.write(inFragments(128))
  await eventually(() => server.metrics().callsStarted === 1)
  socket.write(inFragments(129))
  await eventually(() => codes.length === 1)
  expect(server.metrics().callsStarted).toBe(1)
})
