import { Socket } from 'node:net'
import { createFaultProxy, eventually, startRawServer } from '@trunkline/testkit'
import { expect, onTestFinished, test, vi } from 'vitest'
import { WebSocket as WsWebSocket } from 'ws'
import { nodeWebSocket } from './node.js'
import { openWebSocket } from './websocket.js'

test('takes that of ws unless the global WebSocket can let go of a socket', () => {
  class NodesOwn {}
  for (const global of [undefined, NodesOwn]) {
    vi.stubGlobal('WebSocket', global)
    expect(nodeWebSocket().prototype).toBeInstanceOf(WsWebSocket)
  }
  class BunsOwn {
    terminate(): void {}
  }
  vi.stubGlobal('WebSocket', BunsOwn)
  expect(nodeWebSocket()).toBe(BunsOwn)
})

test('waits five seconds for the goodbye of a silent peer: no longer keeps a socket its process alive', async () => {
  const server = await startRawServer()
  onTestFinished(() => server.close())
  const proxy = await createFaultProxy({ targetPort: Number(new URL(server.url).port) })
  onTestFinished(() => proxy.close())
  const transport = openWebSocket(proxy.url, nodeWebSocket())
  const closed = vi.fn()
  await new Promise<void>((onOpen) => transport.attach({ onOpen, onMessage: () => {}, onClose: closed }))
  proxy.stall()

  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  onTestFinished(() => {
    vi.useRealTimers()
  })
  transport.close(1000)
  vi.advanceTimersByTime(4_999)
  expect(proxy.connections).toBe(1)
  vi.advanceTimersByTime(1)
  vi.useRealTimers()
  await eventually(() => closed.mock.calls.length === 1)
  expect(closed).toHaveBeenCalledWith(1006, '')
})

test('a text leaves in one write, and arrives as the text that it was', async () => {
  const server = await startRawServer()
  onTestFinished(() => server.close())
  const transport = openWebSocket(server.url, nodeWebSocket())
  await new Promise<void>((onOpen) => transport.attach({ onOpen, onMessage: () => {}, onClose: () => {} }))
  const peer = await server.accepts()

  // Where a header and its text are written apart, Node joins them in a write of several buffers.
  // A method of every stream (its documentation: `writable._writev`), which the declarations of sockets leave out.
  const several = vi.spyOn(Socket.prototype as { _writev(...args: unknown[]): void }, '_writev')
  onTestFinished(() => several.mockRestore())
  const texts = ['{"a":"ä€😀"}', JSON.stringify('x'.repeat(200)), JSON.stringify('ü'.repeat(70_000))]
  for (const text of texts) transport.send(text)
  transport.send(new Uint8Array([1, 2]))
  for (const text of texts) await peer.receives(JSON.parse(text))
  await peer.receives(new Uint8Array([1, 2]))
  expect(several).not.toHaveBeenCalled()

  // The control: what `ws` does of itself.
  const plain = new WsWebSocket(server.url, 'trunkline.1')
  await new Promise((resolve) => plain.once('open', resolve))
  plain.send('{"a":1}')
  expect(several).toHaveBeenCalled()
  plain.terminate()
  transport.close(1006)
})
