import { eventually, startRawServer } from '@trunkline/testkit'
import { expect, onTestFinished, test } from 'vitest'
import { WebSocket } from 'ws'
import type { WebSocketConstructor } from '../websocket-like.js'
import { openWebSocket } from './websocket.js'

// `ws` implements the browser's interface; its declarations name their own event types.
const WsConstructor = WebSocket as unknown as WebSocketConstructor

async function connect(): Promise<{
  transport: ReturnType<typeof openWebSocket>
  peer: Awaited<ReturnType<Awaited<ReturnType<typeof startRawServer>>['accepts']>>
  heard: unknown[]
  closed: Promise<unknown>
}> {
  const server = await startRawServer()
  onTestFinished(() => server.close())
  const heard: unknown[] = []
  const transport = openWebSocket(server.url, WsConstructor)
  let finish: (closed: unknown) => void
  const closed = new Promise((resolve) => {
    finish = resolve
  })
  const opened = new Promise<void>((resolve) => {
    transport.attach({
      onOpen: resolve,
      onMessage: (message) => heard.push(message),
      onClose: (code, reason) => {
        heard.push(`closed ${code}`)
        finish({ code, reason })
      },
    })
  })
  const peer = await server.accepts()
  await opened
  return { transport, peer, heard, closed }
}

test('carries text and bytes in both directions, in order', async () => {
  const { transport, peer, heard } = await connect()
  expect(peer.offeredProtocols).toEqual(['trunkline.1'])
  transport.send('{"a":1}')
  transport.send(new Uint8Array([1, 2]))
  await peer.receives({ a: 1 })
  await peer.receives(new Uint8Array([1, 2]))
  peer.sends('{"b":2}')
  peer.sends(new Uint8Array([3]))
  await eventually(() => heard.length === 2)
  expect(heard).toEqual(['{"b":2}', new Uint8Array([3])])
})

test('tells the code and the reason of a close', async () => {
  const { peer, closed } = await connect()
  peer.closes(4401, 'Not you.')
  expect(await closed).toEqual({ code: 4401, reason: 'Not you.' })
})

test('closes with a code', async () => {
  const { transport, peer, closed } = await connect()
  transport.close(4400)
  await peer.isClosedWith(4400)
  expect(await closed).toMatchObject({ code: 4400 })
})

test('1006 lets the socket go at once and nothing follows it', async () => {
  const { transport, peer, heard } = await connect()
  transport.close(1006)
  expect(heard).toEqual(['closed 1006'])
  transport.send('late')
  await peer.isClosedWith(1006)
  expect(heard).toEqual(['closed 1006'])
})

test('a server that is not there is a 1006', async () => {
  const server = await startRawServer()
  await server.close()
  const transport = openWebSocket(server.url, WsConstructor)
  const code = await new Promise((resolve) => transport.attach({ onMessage: () => {}, onClose: resolve }))
  expect(code).toBe(1006)
})

test('a socket that has not opened can be let go', async () => {
  const server = await startRawServer()
  onTestFinished(() => server.close())
  const transport = openWebSocket(server.url, WsConstructor)
  const closed = new Promise((resolve) => transport.attach({ onMessage: () => {}, onClose: resolve }))
  transport.close(1006)
  expect(await closed).toBe(1006)
})

test('says what to do where there is no WebSocket', () => {
  expect(() => openWebSocket('ws://127.0.0.1', undefined)).toThrow('pass a constructor as `WebSocket`')
})

test('tells why no connection came about, where the platform says it', async () => {
  const server = await startRawServer()
  await server.close()
  const transport = openWebSocket(server.url, WsConstructor)
  const closed = await new Promise((resolve) => {
    transport.attach({ onMessage: () => {}, onClose: (code, reason) => resolve({ code, reason }) })
  })
  expect(closed).toEqual({ code: 1006, reason: expect.stringContaining('ECONNREFUSED') })
})

test('an error is the end, also where no close follows it', async () => {
  class Failing {
    binaryType = ''
    onopen = null
    onmessage = null
    onclose = null
    onerror: ((event: never) => void) | null = null
    send(): void {}
    close(): void {}
  }
  const made: Failing[] = []
  const Constructor = class extends Failing {
    constructor() {
      super()
      made.push(this)
    }
  }
  const transport = openWebSocket('ws://127.0.0.1', Constructor)
  const ends: unknown[] = []
  transport.attach({ onMessage: () => {}, onClose: (code, reason) => ends.push({ code, reason }) })
  // The event of Node 22, as far as it matters; what a handler takes is the platform's own.
  made[0]?.onerror?.({ message: 'Received network error or non-101 status code.' } as never)
  expect(ends).toEqual([{ code: 1006, reason: 'Received network error or non-101 status code.' }])
})
