import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { connect as connectTls, createServer as createTlsServer } from 'node:tls'
import { eventually } from '@trunkline/testkit'
import { expect, onTestFinished, test } from 'vitest'
import { unsentBytes } from './unsent-bytes.js'

/** Both sides know a key: TLS without certificates. */
const PSK = { ciphers: 'PSK', maxVersion: 'TLSv1.2', minVersion: 'TLSv1.2' } as const
const key = Buffer.alloc(16, 7)

/** The two ends of a socket, of which the peer reads nothing by itself. */
async function socketPair(kind: 'TCP' | 'TLS'): Promise<{ socket: Socket; peer: Socket }> {
  const accepted: Socket[] = []
  const accept = (socket: Socket): void => void accepted.push(socket)
  const server: Server =
    kind === 'TCP' ? createServer(accept) : createTlsServer({ ...PSK, pskCallback: () => key }, accept)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  // A TCP server that listens has an AddressInfo.
  const to = { port: (server.address() as AddressInfo).port, host: '127.0.0.1' }
  const peer =
    kind === 'TCP'
      ? connect(to)
      : connectTls({
          ...to,
          ...PSK,
          pskCallback: () => ({ psk: key, identity: 'test' }),
          checkServerIdentity: () => undefined,
        })
  peer.on('error', () => {})
  await eventually(() => accepted.length === 1)
  const [socket] = accepted
  if (socket === undefined) throw new Error('Nothing was accepted.')
  socket.on('error', () => {})
  onTestFinished(() => {
    peer.destroy()
    socket.destroy()
    server.close()
  })
  return { socket, peer }
}

test.each(['TCP', 'TLS'] as const)('of one large write over %s it falls as the peer reads', async (kind) => {
  const { socket, peer } = await socketPair(kind)
  const size = 32 * 1_048_576
  socket.write(Buffer.alloc(size))
  const unsent = (): number => unsentBytes(socket, socket.writableLength)
  // What nobody has read is in the system's buffers, or waits here.
  let last = -1
  let unchanged = 0
  await eventually(() => {
    unchanged = unsent() === last ? unchanged + 1 : 0
    last = unsent()
    return unchanged === 50
  })
  const before = unsent()
  expect(before).toBeGreaterThan(1_048_576)
  let read = 0
  const readHalf = (bytes: Buffer): void => {
    read += bytes.length
    if (read > size / 2) peer.off('data', readHalf).pause()
  }
  peer.on('data', readHalf)
  await eventually(() => read > size / 2)
  expect(socket.writableLength).toBe(size)
  await eventually(() => unsent() < before - size / 4)
  expect(unsent()).toBeGreaterThan(0)
  peer.resume()
  await eventually(() => unsent() === 0)
})

test('what is small, or no socket of Node as we know it, is taken as it says', () => {
  const unknown = { _writableState: { writelen: '9' }, _handle: {} }
  // Only the members that are looked at.
  const as = (inside: object): Socket => inside as Socket
  expect(unsentBytes(as(unknown), 1_000_000)).toBe(1_000_000)
  expect(unsentBytes(as({}), 1_000_000)).toBe(1_000_000)
  expect(unsentBytes(as({ _writableState: { writelen: 900_000 }, _handle: null }), 1_000_000)).toBe(1_000_000)
  expect(unsentBytes(as({ _writableState: { writelen: 900_000 }, _handle: { writeQueueSize: 0 } }), 1_000_000)).toBe(
    100_000,
  )
  expect(unsentBytes(as({ _writableState: { writelen: 500 }, _handle: { writeQueueSize: 0 } }), 500)).toBe(500)
})
