import { type AddressInfo, connect as connectTcp, createServer, type Server, type Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { eventually } from './eventually.js'
import { createFaultProxy, type FaultProxy } from './fault-proxy.js'

/** A client behind the proxy: what it received, and how it ended. */
interface Client {
  readonly socket: WebSocket
  readonly received: string[]
  readonly closed: Promise<{ readonly code: number }>
}

describe('createFaultProxy', () => {
  let server: WebSocketServer
  let proxy: FaultProxy
  const serverReceived: string[] = []

  beforeEach(async () => {
    serverReceived.length = 0
    server = new WebSocketServer({ port: 0, host: '127.0.0.1', maxPayload: 64 * 1024 * 1024 })
    server.on('connection', (socket) => {
      socket.on('error', () => {})
      socket.on('message', (data, isBinary) => {
        if (!isBinary) serverReceived.push(String(data))
        socket.send(data, { binary: isBinary })
      })
    })
    await new Promise((resolve) => server.once('listening', resolve))
    proxy = await createFaultProxy({ targetPort: (server.address() as AddressInfo).port })
  })

  afterEach(async () => {
    await proxy.close()
    for (const socket of server.clients) socket.terminate()
    await new Promise((resolve) => server.close(resolve))
  })

  function connect(): Client {
    const socket = new WebSocket(proxy.url)
    const received: string[] = []
    socket.on('error', () => {})
    socket.on('message', (data) => received.push(String(data)))
    const closed = new Promise<{ code: number }>((resolve) => socket.on('close', (code) => resolve({ code })))
    return { socket, received, closed }
  }

  async function connectOpen(): Promise<Client> {
    const client = connect()
    await eventually(() => client.socket.readyState === WebSocket.OPEN, { message: 'Opening' })
    return client
  }

  /** Sends a text and waits until it has come back. */
  async function echo(client: Client, text: string): Promise<void> {
    client.socket.send(text)
    await eventually(() => client.received.includes(text), { message: `The echo of ${text.slice(0, 20)}` })
  }

  test('passes messages on unchanged, and the close with its code', async () => {
    const client = await connectOpen()
    const big = 'x'.repeat(3_000_000)
    await echo(client, 'hello')
    await echo(client, big)
    expect(client.received).toEqual(['hello', big])
    expect(proxy.connections).toBe(1)
    expect(proxy.forwardedBytes.toServer).toBeGreaterThan(3_000_000)
    for (const socket of server.clients) socket.close(4401, 'no')
    expect(await client.closed).toEqual({ code: 4401 })
    await eventually(() => proxy.connections === 0)
  })

  test('cuts all connections on both sides', async () => {
    const clients = [await connectOpen(), await connectOpen()]
    proxy.cutAll()
    expect(proxy.connections).toBe(0)
    for (const client of clients) expect((await client.closed).code).toBe(1006)
    await eventually(() => server.clients.size === 0)
  })

  test.each([
    ['RST, which is an error of the socket', true, ['ECONNRESET', 'ECONNRESET']],
    ['FIN, which is a polite end', false, ['end', 'end']],
  ])('cuts by %s', async (_title, reset, expected) => {
    // `ws` hides the difference, so this test looks at plain sockets.
    const ends: string[] = []
    let received = 0
    const watch = (socket: Socket): void => {
      socket.on('error', (error: NodeJS.ErrnoException) => ends.push(error.code ?? error.message))
      socket.on('end', () => ends.push('end'))
      socket.on('data', () => received++)
    }
    const target = createServer(watch)
    await listen(target)
    proxy.retarget((target.address() as AddressInfo).port)
    const client = connectTcp(proxy.port, '127.0.0.1')
    watch(client)
    client.write('hello')
    // Read before the cut: an RST that comes together with bytes looks like an end to Node.
    await eventually(() => received === 1)
    proxy.cutAll({ reset })
    await eventually(() => ends.length === 2)
    expect(ends).toEqual(expected)
    await new Promise((resolve) => target.close(resolve))
  })

  test.each([true, false])(
    'cuts in the middle of a message (reset: %s), after exactly the bytes that were named',
    async (reset) => {
      const client = await connectOpen()
      await echo(client, 'whole')
      const before = proxy.forwardedBytes.toServer
      proxy.cutAfterBytes(10_000, 'toServer', { reset })
      client.socket.send('y'.repeat(50_000))
      expect((await client.closed).code).toBe(1006)
      await eventually(() => server.clients.size === 0)
      expect(proxy.forwardedBytes.toServer - before).toBe(10_000)
      expect(serverReceived).toEqual(['whole'])
    },
  )

  test('delivers every message before the one that a cut falls into', async () => {
    const client = await connectOpen()
    // A message of 100 bytes has a header of 2 bytes towards the client, so the third one is cut in half.
    proxy.cutAfterBytes(102 * 2 + 50, 'toClient')
    for (const letter of ['a', 'b', 'c', 'd']) client.socket.send(letter.repeat(100))
    await client.closed
    expect(client.received).toEqual(['a'.repeat(100), 'b'.repeat(100)])
  })

  test('cuts only the connection that carries the byte', async () => {
    const quiet = await connectOpen()
    const busy = await connectOpen()
    proxy.cutAfterBytes(20, 'toServer')
    busy.socket.send('z'.repeat(100))
    await busy.closed
    await echo(quiet, 'still here')
    expect(proxy.connections).toBe(1)
  })

  test('chooses the same random cuts for the same seed', async () => {
    const spots: number[][] = []
    for (const seed of [5, 5, 6]) {
      const seeded = await createFaultProxy({ targetPort: proxy.port, seed })
      const cuts: number[] = []
      for (let round = 0; round < 4; round++) {
        const socket = new WebSocket(seeded.url)
        socket.on('error', () => {})
        await new Promise((resolve) => socket.once('open', resolve))
        const before = { ...seeded.forwardedBytes }
        seeded.cutAtRandom(5_000)
        socket.send('r'.repeat(10_000))
        await new Promise((resolve) => socket.once('close', resolve))
        // The direction that was cut has stopped at its byte; the other one has gone as far as it came.
        cuts.push(seeded.forwardedBytes.toClient - before.toClient || seeded.forwardedBytes.toServer - before.toServer)
      }
      await seeded.close()
      spots.push(cuts)
    }
    expect(spots[0]).toEqual(spots[1])
    expect(spots[0]).not.toEqual(spots[2])
  })

  test('leaves both sides open when it stalls, pushes back, and loses nothing when it resumes', async () => {
    const client = await connectOpen()
    proxy.stall('toServer')
    const messages = Array.from({ length: 64 }, (_, index) => `${index}`.padEnd(256 * 1024, '.'))
    for (const message of messages) client.socket.send(message)
    // The other direction still works.
    for (const socket of server.clients) socket.send('from the server')
    await eventually(() => client.received.includes('from the server'))
    expect(serverReceived).toEqual([])
    expect(client.socket.bufferedAmount).toBeGreaterThan(0)
    expect(client.socket.readyState).toBe(WebSocket.OPEN)
    proxy.resume()
    await eventually(() => serverReceived.length === messages.length)
    expect(serverReceived).toEqual(messages)
  })

  test('hides the end of one side from the other while it stalls', async () => {
    const client = await connectOpen()
    proxy.stall()
    client.socket.terminate()
    await client.closed
    const other = await createFaultProxy({ targetPort: proxy.port })
    await other.close()
    expect(server.clients.size).toBe(1)
    proxy.resume()
    await eventually(() => server.clients.size === 0)
  })

  test('delays what it carries, in order', async () => {
    const client = await connectOpen()
    proxy.delay(60, 'toServer')
    const startMs = performance.now()
    client.socket.send('first')
    client.socket.send('second')
    await eventually(() => client.received.length === 2)
    // Never early, however slow the machine: timers may fire up to a millisecond before their time.
    expect(performance.now() - startMs).toBeGreaterThanOrEqual(59)
    expect(client.received).toEqual(['first', 'second'])
  })

  test('throttles to the bytes per second that were named', async () => {
    const client = await connectOpen()
    proxy.throttle(100_000, 'toClient')
    const startMs = performance.now()
    await echo(client, 't'.repeat(20_000))
    expect(performance.now() - startMs).toBeGreaterThanOrEqual(150)
    proxy.throttle(Number.POSITIVE_INFINITY)
    await echo(client, 'u'.repeat(1_000_000))
  })

  test('writes in small pieces, as TCP may', async () => {
    const client = await connectOpen()
    proxy.fragment(7)
    await echo(client, 'in small pieces '.repeat(100))
    expect(client.received).toEqual(['in small pieces '.repeat(100)])
  })

  test('refuses new connections while it is told to, and keeps the open ones', async () => {
    const open = await connectOpen()
    proxy.refuse(true)
    const refused = connect()
    expect((await refused.closed).code).toBe(1006)
    expect(refused.received).toEqual([])
    await echo(open, 'kept')
    proxy.refuse(false)
    await echo(await connectOpen(), 'accepted again')
    expect(proxy.accepted).toBe(2)
  })

  test('accepts and swallows as a black hole', async () => {
    const open = await connectOpen()
    proxy.blackhole(true)
    open.socket.send('swallowed')
    const late = connect()
    await eventually(() => proxy.accepted === 2)
    proxy.blackhole(false)
    await echo(await connectOpen(), 'a new one works')
    expect(serverReceived).toEqual(['a new one works'])
    expect(open.socket.readyState).toBe(WebSocket.OPEN)
    expect(late.socket.readyState).toBe(WebSocket.CONNECTING)
    late.socket.terminate()
  })

  test('sends later connections to another target', async () => {
    const other = new WebSocketServer({ port: 0, host: '127.0.0.1' })
    await new Promise((resolve) => other.once('listening', resolve))
    other.on('connection', (socket) => socket.send('from the other'))
    proxy.retarget((other.address() as AddressInfo).port)
    const client = await connectOpen()
    await eventually(() => client.received.includes('from the other'))
    for (const socket of other.clients) socket.terminate()
    await new Promise((resolve) => other.close(resolve))
  })

  test('resets clients when the target cannot be reached', async () => {
    const gone = createServer()
    await listen(gone)
    const { port } = gone.address() as AddressInfo
    await new Promise((resolve) => gone.close(resolve))
    proxy.retarget(port)
    expect((await connect().closed).code).toBe(1006)
    await eventually(() => proxy.connections === 0)
  })

  test('keeps little in memory when the target does not read', async () => {
    const accepted: Socket[] = []
    const target = createServer({ pauseOnConnect: true }, (socket) => accepted.push(socket))
    await listen(target)
    proxy.retarget((target.address() as AddressInfo).port)
    const client = connectTcp(proxy.port, '127.0.0.1')
    let drains = 0
    client.on('drain', () => drains++).on('error', () => {})
    const chunk = Buffer.alloc(256 * 1024)
    let offered = 0
    // Writes until the whole way is full: our socket says no, and nothing moves any more.
    while (offered < 256 * 1024 * 1024) {
      offered += chunk.byteLength
      if (client.write(chunk)) continue
      const before = drains
      await steady(() => proxy.forwardedBytes.toServer + drains)
      if (drains === before) break
    }
    // Sockets' buffers in the kernel take a few MiB each; an unbounded proxy would have taken all 256.
    expect(offered).toBeLessThan(64 * 1024 * 1024)
    client.destroy()
    for (const socket of accepted) socket.destroy()
    await new Promise((resolve) => target.close(resolve))
  })
})

function listen(server: Server): Promise<void> {
  return new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
}

/** Resolves when a value has stayed the same for many turns of the event loop in a row. */
async function steady(read: () => number): Promise<void> {
  let last = read()
  for (let turns = 0; turns < 2_000; turns++) {
    await new Promise((resolve) => setImmediate(resolve))
    const now = read()
    if (now !== last) turns = 0
    last = now
  }
}
