import type { AddressInfo } from 'node:net'
import Fastify from 'fastify'
import { expect, onTestFinished, test } from 'vitest'
import { createMounted, get, ping } from './support/mounted.js'

test('calls and Fastify routes are answered on one port, and closing Fastify closes both', async () => {
  const app = Fastify({ forceCloseConnections: true })
  app.get('/health', () => 'fine')
  const server = createMounted()
  server.attach(app.server, { path: '/trunkline' })
  app.addHook('preClose', () => server.close())
  onTestFinished(() => app.close())
  await app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = app.server.address() as AddressInfo

  expect(await get(port, '/health')).toBe('fine')
  expect(await ping(port)).toBe('pong')
  expect(await get(port, '/health')).toBe('fine')
  await app.close()
  expect(server.metrics().connections).toBe(0)
})
