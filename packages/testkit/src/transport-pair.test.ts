import type { TransportEvents } from '@trunkline/core'
import { describe, expect, test, vi } from 'vitest'
import { createTransportPair, type TransportPairOptions } from './transport-pair.js'
import { createVirtualClock } from './virtual-clock.js'

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** A pair with both ends attached; what happens at an end is logged as one list per end. */
function setUp(options: TransportPairOptions = {}) {
  const pair = createTransportPair(options)
  const log = { client: [] as unknown[], server: [] as unknown[] }
  const record = (entries: unknown[]): TransportEvents => ({
    onOpen: () => entries.push('open'),
    onMessage: (message) => entries.push(message),
    onWritable: () => entries.push('writable'),
    onClose: (code, reason) => entries.push({ code, reason }),
  })
  pair.client.attach(record(log.client))
  pair.server.attach(record(log.server))
  return { ...pair, pair, log }
}

describe('createTransportPair', () => {
  test('carries text and bytes both ways, in order and in a later turn', async () => {
    const { client, server, log } = setUp()
    await turn()
    client.send('one')
    client.send(Uint8Array.of(2))
    server.send('back')
    expect(log.server).toEqual([])
    await turn()
    expect(log.server).toEqual(['one', Uint8Array.of(2)])
    expect(log.client).toEqual(['open', 'back'])
  })

  test('tells the client that it is open only once `open` was called when it starts closed', async () => {
    const { pair, client, log } = setUp({ opens: false })
    client.send('early')
    await turn()
    expect(log).toEqual({ client: [], server: [] })
    pair.open()
    await turn()
    expect(log).toEqual({ client: ['open', 'writable'], server: ['early'] })
  })

  test('breaks with 1006 when it is closed while it connects', async () => {
    const { client, log } = setUp({ opens: false })
    client.close(1000)
    await turn()
    expect(log.client).toEqual([{ code: 1006, reason: '' }])
  })

  test('takes `latencyMs` of the clock for each message', async () => {
    const clock = createVirtualClock()
    const { client, log } = setUp({ clock, latencyMs: 40 })
    await clock.advance(40)
    client.send('slow')
    await clock.advance(39)
    expect(log.server).toEqual([])
    await clock.advance(1)
    expect(log.server).toEqual(['slow'])
    expect(clock.pending()).toEqual([])
  })

  test('copies bytes, so that a reused buffer changes nothing', async () => {
    const { client, log } = setUp()
    const bytes = Uint8Array.of(1)
    client.send(bytes)
    bytes[0] = 9
    await turn()
    expect(log.server).toEqual([Uint8Array.of(1)])
  })

  test('hands a close and its reason to the peer after what was sent, then to the closer', async () => {
    const { client, server, log } = setUp()
    await turn()
    client.send('last')
    client.close(4401, 'no')
    client.send('after the close')
    server.send('still on its way')
    await turn()
    expect(log.server).toEqual(['last', { code: 4401, reason: 'no' }])
    expect(log.client).toEqual(['open', 'still on its way', { code: 4401, reason: 'no' }])
  })

  test('abandons at once with 1006, while the peer hears of it a moment later', async () => {
    const { client, log } = setUp()
    await turn()
    client.send('lost')
    client.close(1006)
    expect(log.client).toEqual(['open'])
    await turn()
    expect(log.client).toEqual(['open', { code: 1006, reason: '' }])
    expect(log.server).toEqual([{ code: 1006, reason: '' }])
  })

  test('loses what is on its way when it drops, and closes each end once', async () => {
    const { pair, client, log } = setUp()
    await turn()
    client.send('lost')
    pair.drop()
    pair.drop()
    client.close(1000)
    await turn()
    expect(log.server).toEqual([{ code: 1006, reason: '' }])
    expect(log.client).toEqual(['open', { code: 1006, reason: '' }])
    expect(pair.transcript).toEqual([{ direction: 'toServer', message: 'lost', delivered: false }])
  })

  test('looks open to both ends when it is half open, and only an abandon ends it', async () => {
    const { pair, client, server, log } = setUp()
    await turn()
    pair.halfOpen()
    client.send('into the void')
    server.send('into the void')
    client.close(1000)
    await turn()
    expect(log).toEqual({ client: ['open'], server: [] })
    client.close(1006)
    await turn()
    expect(log).toEqual({ client: ['open', { code: 1006, reason: '' }], server: [] })
  })

  test('buffers while it is stalled and announces writable when it has emptied', async () => {
    const { pair, client, log } = setUp()
    await turn()
    pair.stall('toServer')
    client.send('ab')
    client.send('ü')
    await turn()
    expect(client.bufferedBytes).toBe(4)
    expect(log.server).toEqual([])
    pair.resume('toServer')
    await turn()
    expect(client.bufferedBytes).toBe(0)
    expect(log.server).toEqual(['ab', 'ü'])
    expect(log.client).toEqual(['open', 'writable'])
  })

  test('lets the receiver push back by not reading', async () => {
    const { client, server, log } = setUp()
    await turn()
    server.setReading?.(false)
    client.send('1234')
    await turn()
    expect(client.bufferedBytes).toBe(4)
    server.setReading?.(true)
    await turn()
    expect(log.server).toEqual(['1234'])
    expect(log.client).toEqual(['open', 'writable'])
  })

  test('pretends to be full for as long as a test wants', async () => {
    const { pair, server, log } = setUp()
    await turn()
    pair.pretendBuffered(1_000_000, 'toClient')
    expect(server.bufferedBytes).toBe(1_000_000)
    pair.pretendBuffered(0, 'toClient')
    await turn()
    expect(log.server).toEqual(['writable'])
  })

  test('cuts at the boundary of the message that was named', async () => {
    const { pair, client, log } = setUp()
    await turn()
    pair.cutAfterMessages(2, 'toServer')
    for (const message of ['1', '2', '3']) client.send(message)
    await turn()
    expect(log.server).toEqual(['1', '2', { code: 1006, reason: '' }])
    expect(log.client).toEqual(['open', { code: 1006, reason: '' }])
  })

  test('counts the bytes of each direction and keeps the transcript', async () => {
    const { pair, client, server } = setUp()
    client.send('ask')
    await turn()
    server.send('ok')
    await turn()
    expect(pair.sentBytes.toServer).toBe(3)
    expect(pair.sentBytes.toClient).toBe(2)
    expect(pair.transcript).toEqual([
      { direction: 'toServer', message: 'ask', delivered: true },
      { direction: 'toClient', message: 'ok', delivered: true },
    ])
  })

  test('refuses a second owner of one end', () => {
    const { client } = setUp()
    expect(() => client.attach({ onMessage: vi.fn(), onClose: vi.fn() })).toThrow('attached already')
  })
})
