import { Socket } from 'node:net'
import { startRawServer } from '@trunkline/testkit'
import { expect, onTestFinished, test, vi } from 'vitest'
import { WebSocket as WsWebSocket } from 'ws'
import { nodeWebSocket } from './node.js'
import { openWebSocket } from './websocket.js'

test('takes the global WebSocket where there is one, else that of ws', () => {
  vi.stubGlobal('WebSocket', undefined)
  expect(nodeWebSocket().prototype).toBeInstanceOf(WsWebSocket)
  class Global {}
  vi.stubGlobal('WebSocket', Global)
  expect(nodeWebSocket()).toBe(Global)
})

test('a text leaves in one write, and arrives as the text that it was', async () => {
  vi.stubGlobal('WebSocket', undefined)
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
