import { randomBytes } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import { testSeed } from '@trunkline/testkit'
import fc from 'fast-check'
import { expect, onTestFinished, test } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { unmask, unmaskFast } from './fast-unmask.js'

const seed = testSeed(import.meta.url)

/** What a server whose sockets unmask fast reads of `messages`. */
async function readBack(messages: readonly Buffer[]): Promise<{ received: Buffer[]; isFast: boolean }> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  await new Promise((resolve) => server.once('listening', resolve))
  onTestFinished(() => void server.close())
  // A TCP server that listens has an AddressInfo.
  const client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`)
  onTestFinished(() => client.terminate())
  client.on('open', () => {
    for (const message of messages) client.send(message)
  })
  return new Promise((resolve, reject) => {
    client.on('error', reject)
    server.on('connection', (socket) => {
      const isFast = unmaskFast(socket)
      const received: Buffer[] = []
      // `ws` gives one Buffer per message unless `binaryType` says otherwise.
      socket.on('message', (data: Buffer) => {
        received.push(Buffer.from(data))
        if (received.length === messages.length) resolve({ received, isFast })
      })
    })
  })
}

test('messages of all sizes arrive as they were sent, and the installed ws is one that can be hooked', async () => {
  const messages = [0, 1, 125, 126, 255, 256, 257, 1_003, 65_535, 65_536, 1_000_001].map((size) => randomBytes(size))
  const { received, isFast } = await readBack(messages)
  expect(isFast).toBe(true)
  expect(received.map((message, index) => message.equals(messages[index] ?? Buffer.alloc(0)))).toEqual(
    messages.map(() => true),
  )
})

test('agrees with the definition for every length, place in memory and mask', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 300 }),
      fc.nat(8),
      fc.uint8Array({ minLength: 4, maxLength: 4 }),
      (bytes, offset, mask) => {
        const memory = new Uint8Array(offset + bytes.length)
        memory.set(bytes, offset)
        unmask(memory.subarray(offset), mask)
        expect([...memory.subarray(offset)]).toEqual([...bytes].map((byte, index) => byte ^ (mask[index & 3] ?? 0)))
        expect([...memory.subarray(0, offset)]).toEqual(Array.from({ length: offset }, () => 0))
      },
    ),
    { seed, numRuns: 300 },
  )
})

test('a receiver of another make is left alone', () => {
  expect(unmaskFast({})).toBe(false)
  expect(unmaskFast({ _receiver: { consume: () => new Uint8Array() } })).toBe(false)
})

test('a receiver that reads something else through the hook is left alone', () => {
  class Other {
    _mask = undefined
    _masked = true
    _payloadLength = 0
    _state = 4
    consume(): Uint8Array {
      return new Uint8Array(300)
    }
    on(): void {}
    write(): void {}
  }
  const receiver = new Other()
  expect(unmaskFast({ _receiver: receiver })).toBe(false)
  expect(Object.hasOwn(receiver, 'consume')).toBe(false)
})
