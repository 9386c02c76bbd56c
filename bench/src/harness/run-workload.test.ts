import { expect, test } from 'vitest'
import { birpc } from '../peers/birpc.js'
import { handWritten } from '../peers/hand-written.js'
import { bytesEcho } from '../workloads/bytes-echo.js'
import { fanOut } from '../workloads/fan-out.js'
import { sequential } from '../workloads/sequential.js'
import { stream } from '../workloads/stream.js'
import type { Peer, PeerConnection, PeerServer } from './peer.js'
import { runWorkload } from './run-workload.js'
import { localPair } from './testing/local-pair.js'

/** The hand-written peer with one thing done wrong. */
function broken(
  changeConnection: (connection: PeerConnection) => Partial<PeerConnection>,
  changeServer: (server: PeerServer) => Partial<PeerServer> = () => ({}),
): Peer {
  return {
    ...handWritten,
    name: 'broken',
    async serve(http, options) {
      const server = await handWritten.serve(http, options)
      return { ...server, ...changeServer(server) }
    },
    async connect(url, options) {
      const connection = await handWritten.connect(url, options)
      return { ...connection, ...changeConnection(connection) }
    },
  }
}

test('measures every peer in every round, in turn', async () => {
  const order: string[] = []
  const { peers } = await runWorkload(sequential, [handWritten, birpc], 2, localPair, (text) => order.push(text))
  expect(order).toEqual([
    'sequential · round 1 · ws',
    'sequential · round 1 · birpc',
    'sequential · round 2 · ws',
    'sequential · round 2 · birpc',
  ])
  for (const { samples } of peers) {
    expect(samples).toEqual([
      { cpuUs: expect.any(Number), p50Us: expect.any(Number) },
      { cpuUs: expect.any(Number), p50Us: expect.any(Number) },
    ])
  }
})

test('fails the run when one answer of many is wrong', async () => {
  const liar = broken((connection) => ({
    greet: async (input) => connection.greet(input.id === 60 ? { ...input, name: 'eve' } : input),
  }))
  await expect(runWorkload(sequential, [liar], 1, localPair)).rejects.toThrow(
    'broken failed sequential: call: got {"id":60,"text":"Hello, eve"}, expected {"id":60,"text":"Hello, ada-60"}',
  )
})

test('fails the run when a subscriber misses an event', async () => {
  const forgetful = broken((connection) => ({
    subscribe: (onEvent) =>
      connection.subscribe((event) => {
        if (event.seq !== 7) onEvent(event)
      }),
  }))
  await expect(runWorkload(fanOut, [forgetful], 1, localPair)).rejects.toThrow('feed: event 8 came after 6')
})

test('fails the run when an event comes twice', async () => {
  const repeating = broken(
    () => ({}),
    (server) => ({
      async publish(event) {
        await server.publish(event)
        if (event.seq === 9) await server.publish(event)
      },
    }),
  )
  await expect(runWorkload(fanOut, [repeating], 1, localPair)).rejects.toThrow('feed: event 9 came after 9')
})

test('fails the run when a stream ends early', async () => {
  const hasty = broken((connection) => ({
    stream: (input, onItem) => connection.stream({ ...input, count: input.count - 1 }, onItem),
  }))
  await expect(runWorkload(stream, [hasty], 1, localPair)).rejects.toThrow(/stream: ended after \d+ of \d+ items/)
})

test('says why a peer has no figure, and does not start it', async () => {
  const jsonOnly: Peer = {
    ...handWritten,
    lacks: { bytes: 'JSON only' },
    serve: () => Promise.reject(new Error('started')),
  }
  const { peers } = await runWorkload(bytesEcho, [jsonOnly], 1, localPair)
  expect(peers).toEqual([{ peer: jsonOnly, samples: [], lacks: 'JSON only' }])
})
