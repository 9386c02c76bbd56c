import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { textFrame } from './text-frame.js'

/** What a WebSocket client reads when frames are written to the socket under a handshake of `ws`. */
async function readBack(texts: readonly string[]): Promise<string[]> {
  const http = createServer()
  const sockets = new WebSocketServer({ noServer: true })
  http.on('upgrade', (request, socket, head) => {
    sockets.handleUpgrade(request, socket, head, () => {
      for (const text of texts) socket.write(textFrame(text))
    })
  })
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void http.close())
  // A TCP server that listens has an AddressInfo.
  const client = new WebSocket(`ws://127.0.0.1:${(http.address() as AddressInfo).port}`)
  onTestFinished(() => client.terminate())
  return new Promise((resolve, reject) => {
    const received: string[] = []
    client.on('error', reject)
    client.on('message', (data, isBinary) => {
      received.push(isBinary ? 'binary' : String(data))
      if (received.length === texts.length) resolve(received)
    })
  })
}

test('texts of every length form are read back, in order', async () => {
  const texts = [0, 1, 125, 126, 127, 65_535, 65_536, 70_000].map((length) => 'x'.repeat(length))
  expect(await readBack(texts)).toEqual(texts)
})

test('the length is counted in bytes of UTF-8, and a lone surrogate becomes U+FFFD', async () => {
  const text = `${'é'.repeat(63)}💥`
  expect(await readBack([text, 'a\ud800b'])).toEqual([text, 'a\ufffdb'])
})
