import { createServer as createHttpServer } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import { Hono } from 'hono'
import Koa from 'koa'
import { expect, test } from 'vitest'
import { listen } from './support/listen.js'
import { createMounted, get, ping } from './support/mounted.js'

test('calls and Koa routes are answered on one port', async () => {
  const app = new Koa()
  app.use((ctx) => {
    ctx.body = 'fine'
  })
  const http = createHttpServer(app.callback())
  createMounted().attach(http)
  const port = await listen(http)

  expect(await get(port, '/health')).toBe('fine')
  expect(await ping(port)).toBe('pong')
})

test('calls and Hono routes are answered on one port', async () => {
  const app = new Hono()
  app.get('/health', (c) => c.text('fine'))
  const http = createHttpServer(getRequestListener(app.fetch))
  createMounted().attach(http)
  const port = await listen(http)

  expect(await get(port, '/health')).toBe('fine')
  expect(await ping(port)).toBe('pong')
})
