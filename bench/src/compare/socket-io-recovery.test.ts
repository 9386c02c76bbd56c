/**
 * What docs/guide/coming-from-socketio.md says of recovery: a quiet client is cut, something is sent, the client is back.
 */
import { once } from 'node:events'
import { createServer as createHttpServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createClient } from '@trunkline/client'
import { trunkline } from '@trunkline/core'
import { createServer } from '@trunkline/server'
import { createFaultProxy, eventually } from '@trunkline/testkit'
import { Server } from 'socket.io'
import { io as connect } from 'socket.io-client'
import * as v from 'valibot'
import { expect, onTestFinished, test } from 'vitest'

test.each([
  { before: ['first'], recovered: true, after: ['first', 'meanwhile', 'last'] },
  { before: [], recovered: false, after: ['last'] },
])(
  'Socket.IO: recovered is $recovered for a client that has received $before',
  async ({ before, recovered, after }) => {
    const http = createHttpServer()
    const io = new Server(http, { connectionStateRecovery: {} })
    io.on('connection', (socket) => void socket.join('room'))
    http.listen(0, '127.0.0.1')
    await once(http, 'listening')
    // A listening TCP server has an address with a port.
    const proxy = await createFaultProxy({ targetPort: (http.address() as AddressInfo).port })
    const socket = connect(proxy.url, { transports: ['websocket'], reconnectionDelay: 10, reconnectionDelayMax: 20 })
    onTestFinished(async () => {
      socket.close()
      await io.close()
      await proxy.close()
    })
    const seen: string[] = []
    socket.on('event', (event: string) => seen.push(event))
    await eventually(() => socket.connected)
    for (const event of before) io.to('room').emit('event', event)
    await eventually(() => seen.length === before.length)

    proxy.refuse(true)
    proxy.cutAll()
    await eventually(() => !socket.connected && io.engine.clientsCount === 0)
    io.to('room').emit('event', 'meanwhile')
    proxy.refuse(false)
    await eventually(() => socket.connected && io.of('/').adapter.rooms.get('room')?.size === 1)
    io.to('room').emit('event', 'last')
    await eventually(() => seen.includes('last'))
    expect(socket.recovered).toBe(recovered)
    expect(seen).toEqual(after)
  },
)

test('Trunkline: a subscriber that has received nothing gets what was published while it was cut off', async () => {
  const t = trunkline()
  const room = t.topic({ event: v.string(), delivery: 'log' })
  const router = t.router({ room })
  const server = createServer({ router })
  const { port } = await server.listen()
  const proxy = await createFaultProxy({ targetPort: port })
  const { api, connection } = createClient<typeof router>({ url: proxy.url, reconnect: { baseMs: 10 } })
  onTestFinished(async () => {
    connection.close()
    await server.close()
    await proxy.close()
  })
  const seen: string[] = []
  let status: string | undefined
  api.room.subscribe(
    {},
    {
      onEvent: (event) => seen.push(event),
      onGap: () => seen.push('gap'),
      onStatus: (next) => {
        status = next
      },
    },
  )
  await eventually(() => status === 'live')
  proxy.refuse(true)
  proxy.cutAll()
  await eventually(() => status === 'stale' && server.metrics().connections === 0)
  await server.publish(room, {}, 'meanwhile')
  proxy.refuse(false)
  await eventually(() => status === 'live')
  await server.publish(room, {}, 'last')
  await eventually(() => seen.includes('last'))
  expect(seen).toEqual(['meanwhile', 'last'])
})
