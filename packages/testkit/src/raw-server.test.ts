import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { eventually } from './eventually.js'
import { connectRawPeer } from './raw-peer.js'
import { type RawServer, startRawServer } from './raw-server.js'

describe('startRawServer', () => {
  let server: RawServer

  beforeEach(async () => {
    server = await startRawServer({ protocols: ['trunkline.2', 'trunkline.1'] })
  })

  afterEach(() => server.close())

  test('talks with a client frame by frame', async () => {
    const client = await connectRawPeer(`${server.url}/path?x=1`, { headers: { cookie: 'a=b' } })
    const peer = await server.accepts()
    expect(peer.path).toBe('/path?x=1')
    expect(peer.headers.cookie).toBe('a=b')
    client.sends({ hello: 1 })
    await peer.receives({ hello: 1 })
    peer.sends([{ welcome: 1 }, { ok: 2 }])
    await client.receives({ welcome: 1 })
    await client.receives({ ok: 2 })
    peer.closes(4401, 'no')
    await client.isClosedWith(4401, 'no')
    await peer.isClosedWith(4401)
  })

  test('picks its best subprotocol among those offered', async () => {
    await connectRawPeer(server.url, { protocols: ['trunkline.1', 'trunkline.2'] })
    const peer = await server.accepts()
    expect(peer.offeredProtocols).toEqual(['trunkline.1', 'trunkline.2'])
    expect(peer.protocol).toBe('trunkline.2')
  })

  test('hands out connections in their order and counts those that are open', async () => {
    const first = await connectRawPeer(server.url)
    const second = await connectRawPeer(server.url)
    first.sends('first')
    second.sends('second')
    await (await server.accepts()).receives('first')
    await (await server.accepts()).receives('second')
    expect(server.open).toBe(2)
    first.terminate()
    await eventually(() => server.open === 1)
    await expect(server.accepts({ timeoutMs: 1 })).rejects.toThrow('A connection did not hold within 1 ms.')
  })

  test('refuses handshakes with a status until it is told to accept again', async () => {
    server.refuses(503)
    await expect(connectRawPeer(server.url)).rejects.toMatchObject({ status: 503 })
    server.refuses(undefined)
    await connectRawPeer(server.url)
    expect(server.handshakes).toBe(2)
  })

  test('comes back on the port of a server that was closed', async () => {
    const client = await connectRawPeer(server.url)
    await server.close()
    await client.isClosedWith(1006)
    server = await startRawServer({ port: server.port })
    await connectRawPeer(server.url)
  })
})
