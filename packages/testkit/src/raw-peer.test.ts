import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type WebSocket, WebSocketServer } from 'ws'
import { eventually } from './eventually.js'
import { connectRawPeer, HandshakeRefusedError, type RawPeer } from './raw-peer.js'

describe('connectRawPeer', () => {
  let server: WebSocketServer
  let url: string
  let peer: RawPeer | undefined
  /** What the server does with each message; set by a test. */
  let answer: (socket: WebSocket, text: string) => void

  beforeEach(async () => {
    answer = (socket, text) => socket.send(text)
    server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
    server.on('connection', (socket) => {
      socket.on('error', () => {})
      socket.on('message', (data, isBinary) => (isBinary ? socket.send(data) : answer(socket, String(data))))
    })
    await new Promise((resolve) => server.once('listening', resolve))
    url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`
  })

  afterEach(async () => {
    peer?.terminate()
    for (const socket of server.clients) socket.terminate()
    await new Promise((resolve) => server.close(resolve))
  })

  test('sends frames and receives them one by one, out of arrays too', async () => {
    peer = await connectRawPeer(url)
    expect(peer.protocol).toBe('trunkline.1')
    peer.sends([{ id: 1, path: 'a' }, { id: 2 }])
    peer.sends({ id: 3 })
    expect(await peer.receives({ id: 1 })).toEqual({ id: 1, path: 'a' })
    await peer.receives({ id: 2 })
    await peer.receives({ id: (id: unknown) => id === 3 })
    expect(peer.messages).toEqual(['[{"id":1,"path":"a"},{"id":2}]', '{"id":3}'])
    expect(peer.bytesSent).toBe(peer.bytesReceived)
    expect(peer.bytesReceived).toBe(38)
  })

  test('sends text and bytes as they are, and shows what is no JSON as it came', async () => {
    peer = await connectRawPeer(url)
    peer.sends('{"broken')
    expect(await peer.receives('{"broken')).toBe('{"broken')
    peer.sends(Uint8Array.of(1, 2, 3))
    await peer.receives(Uint8Array.of(1, 2, 3))
  })

  test('shows the difference and the transcript when another frame comes', async () => {
    peer = await connectRawPeer(url)
    peer.sends({ id: 1, error: { code: 'INTERNAL' } })
    await expect(peer.receives({ id: 1, error: { code: 'NOT_FOUND' } })).rejects.toThrow(
      [
        'The next frame differs at $.error.code: expected "NOT_FOUND", got "INTERNAL"',
        'expected: {"id":1,"error":{"code":"NOT_FOUND"}}',
        'received: {"id":1,"error":{"code":"INTERNAL"}}',
        'transcript (> sent, < received):',
        '> {"id":1,"error":{"code":"INTERNAL"}}',
        '< {"id":1,"error":{"code":"INTERNAL"}}',
      ].join('\n'),
    )
  })

  test('gives up with the transcript when nothing comes', async () => {
    answer = () => {}
    peer = await connectRawPeer(url)
    peer.sends({ id: 1 })
    await expect(peer.receives({ id: 1 }, { timeoutMs: 5 })).rejects.toThrow(
      'Expected a frame like {"id":1}, but nothing came within 5 ms.\ntranscript (> sent, < received):\n> {"id":1}',
    )
  })

  test('checks the code and the reason of a close', async () => {
    answer = (socket) => socket.close(4401, 'token refused')
    peer = await connectRawPeer(url)
    peer.sends('bye')
    await peer.isClosedWith(4401, 'refused')
    await peer.isClosedWith(4401, /^token/)
    await expect(peer.isClosedWith(4400)).rejects.toThrow('Expected a close with 4400 , got 4401 token refused')
    await expect(peer.receives({ id: 1 })).rejects.toThrow('the socket is closed')
    expect(peer.transcript).toContain('* closed with 4401 token refused')
  })

  test('fails at once, not after the timeout, when the socket closes instead of a frame', async () => {
    answer = (socket) => socket.terminate()
    peer = await connectRawPeer(url)
    peer.sends('x')
    await expect(peer.receives({ id: 1 }, { timeoutMs: 600_000 })).rejects.toThrow('the socket is closed')
    await peer.isClosedWith(1006)
  })

  test('uses a ping as a fence and returns what nobody has received', async () => {
    answer = (socket, text) => socket.send(text === '{"ping":0}' ? '{"pong":7}' : text)
    peer = await connectRawPeer(url)
    expect(await peer.ping()).toEqual([])
    peer.sends({ id: 1 })
    expect(await peer.ping()).toEqual([{ id: 1 }])
    await peer.receives({ id: 1 })
    expect(await Promise.all([peer.ping(), peer.ping()])).toEqual([[], []])
    // A ping that a test sends by hand is a frame like any other.
    peer.sends({ ping: 0 })
    await peer.receives({ pong: 7 })
  })

  test('passes over the frames it is told to ignore', async () => {
    peer = await connectRawPeer(url, { ignores: (frame) => JSON.stringify(frame) === '{"ping":0}' })
    peer.sends([{ ping: 0 }, { id: 1 }])
    await peer.receives({ id: 1 })
    expect(peer.messages).toEqual(['[{"ping":0},{"id":1}]'])
  })

  test('pushes back while it does not read, and gets everything afterwards', async () => {
    const text = 'x'.repeat(1024 * 1024)
    answer = (socket) => {
      for (let count = 0; count < 16; count++) socket.send(text)
    }
    peer = await connectRawPeer(url)
    peer.pauseReading()
    peer.sends('go')
    await eventually(() => [...server.clients].some((socket) => socket.bufferedAmount > 0))
    expect(peer.bytesReceived).toBe(0)
    peer.resumeReading()
    for (let count = 0; count < 16; count++) await peer.receives(text)
  })

  test('tells the status of a refused handshake, and the headers it sends', async () => {
    let origin: string | undefined
    const http = createServer().on('upgrade', (request, socket) => {
      origin = request.headers.origin
      socket.end('HTTP/1.1 403 Forbidden\r\nRetry-After: 3\r\nConnection: close\r\n\r\n')
    })
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
    const refused = connectRawPeer(`ws://127.0.0.1:${(http.address() as AddressInfo).port}`, {
      headers: { origin: 'https://elsewhere.example' },
    })
    const error = await refused.catch((cause: unknown) => cause)
    expect(error).toBeInstanceOf(HandshakeRefusedError)
    expect(error).toMatchObject({ status: 403, headers: { 'retry-after': '3' } })
    expect(origin).toBe('https://elsewhere.example')
    await new Promise((resolve) => http.close(resolve))
  })

  test('rejects when nobody listens', async () => {
    await new Promise((resolve) => server.close(resolve))
    await expect(connectRawPeer(url)).rejects.toThrow('ECONNREFUSED')
  })
})
