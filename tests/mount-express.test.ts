import { createServer as createHttpServer } from 'node:http'
import { connectRawPeer } from '@trunkline/testkit'
import express from 'express'
import { expect, test } from 'vitest'
import { listen } from './support/listen.js'
import { createMounted, get, ping } from './support/mounted.js'

function createApp(): express.Express {
  const app = express()
  app.get('/health', (_request, response) => {
    response.send('fine')
  })
  return app
}

test('calls and Express routes are answered on one port', async () => {
  const http = createHttpServer(createApp())
  createMounted().attach(http, { path: '/trunkline' })
  const port = await listen(http)

  expect(await get(port, '/health')).toBe('fine')
  expect(await ping(port)).toBe('pong')
  expect(await get(port, '/health')).toBe('fine')
})

test('a socket on another path is told 404, and a detached server takes none', async () => {
  const http = createHttpServer(createApp())
  const detach = createMounted().attach(http, { path: '/trunkline' })
  const port = await listen(http)

  await expect(connectRawPeer(`ws://127.0.0.1:${port}/elsewhere`)).rejects.toThrow('404')
  expect(await ping(port)).toBe('pong')
  detach()
  await expect(connectRawPeer(`ws://127.0.0.1:${port}/trunkline`)).rejects.toThrow()
})

test('an upgrade on another path is left to whoever else listens', async () => {
  const http = createHttpServer(createApp())
  createMounted().attach(http, { path: '/trunkline' })
  http.on('upgrade', ({ url }, socket) => {
    if (url === '/own') socket.end('HTTP/1.1 418 Own\r\nConnection: close\r\nContent-Length: 0\r\n\r\n')
  })
  const port = await listen(http)

  await expect(connectRawPeer(`ws://127.0.0.1:${port}/own`)).rejects.toThrow('418')
  expect(await ping(port)).toBe('pong')
})
