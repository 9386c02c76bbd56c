import { type ChildHandle, eventually, startProcess } from '@trunkline/testkit'
import { expect, onTestFinished, test } from 'vitest'
import { WebSocket } from 'ws'
import { newToken } from '../support/open-peer.js'

const SLOW = 1_000
const FAST = 5
const RUN_MS = 10_000
const MIB = 1_048_576
/** A socket holds the high-water mark (128 KiB) and one coalesced message (64 KiB) before its subscription falls behind. */
const BOUND_PER_SLOW_BYTES = 131_072 + 65_536

interface State {
  memoryBytes: number
  cpuMs: number
  published: number
  bufferedBytes: number
  topicBehind: number
}

/** What one subscriber saw, checked as it comes: offsets without a hole, or a gap that says how many are missing. */
class Subscriber {
  readonly socket: WebSocket
  offset = 0
  events = 0
  gaps = 0
  faults = 0
  live = false

  constructor(url: string) {
    this.socket = new WebSocket(url, ['trunkline.1'])
    this.socket.on('message', (data) => {
      const message: unknown = JSON.parse(String(data))
      for (const frame of Array.isArray(message) ? message : [message]) this.#take(frame)
    })
  }

  #take(frame: Record<string, unknown>): void {
    if ('event' in frame) {
      if (frame['offset'] !== this.offset + 1) this.faults += 1
      this.offset = Number(frame['offset'])
      this.events += 1
    } else if ('gap' in frame) {
      this.gaps += 1
      this.offset = (frame['position'] as { offset: number }).offset
    } else if ('subbed' in frame) {
      this.offset = (frame['position'] as { offset: number }).offset
      this.live = frame['behind'] === undefined
    } else if ('live' in frame) this.live = true
    else if ('behind' in frame) this.live = false
  }
}

async function subscribe(url: string): Promise<Subscriber> {
  const subscriber = new Subscriber(url)
  await new Promise((resolve, reject) => {
    subscriber.socket.once('open', resolve)
    subscriber.socket.once('error', reject)
  })
  subscriber.socket.send(JSON.stringify({ hello: 'test/1', session: newToken() }))
  subscriber.socket.send(JSON.stringify({ sub: 1, topic: 'feed' }))
  await eventually(() => subscriber.live)
  return subscriber
}

async function stateOf(server: ChildHandle, collect = false): Promise<State> {
  // The script answers with this shape.
  return (await server.request('state', collect, { timeoutMs: 60_000 })) as State
}

/** Events that reach each fast subscriber per second of server CPU. */
async function fastRate(server: ChildHandle, fast: Subscriber[], runMs: number): Promise<number> {
  const before = await stateOf(server)
  const events = fast.reduce((sum, subscriber) => sum + subscriber.events, 0)
  const until = performance.now() + runMs
  await eventually(() => performance.now() >= until, { timeoutMs: runMs * 3 })
  const after = await stateOf(server)
  const seen = fast.reduce((sum, subscriber) => sum + subscriber.events, 0) - events
  return seen / fast.length / ((after.cpuMs - before.cpuMs) / 1_000)
}

test('1,000 subscribers that do not read cost bounded memory, do not slow the fast ones, and catch up or get a gap', async () => {
  const server = await startProcess(new URL('./slow-subscribers-server.ts', import.meta.url), [], {
    nodeFlags: ['--expose-gc'],
  })
  onTestFinished(() => server.stop())
  const url = `ws://127.0.0.1:${Number(server.ready)}`
  const fast: Subscriber[] = []
  const slow: Subscriber[] = []
  onTestFinished(() => {
    for (const { socket } of [...fast, ...slow]) socket.terminate()
  })
  for (let i = 0; i < FAST; i++) fast.push(await subscribe(url))
  await server.request('start')
  await fastRate(server, fast, 1_000)
  const aloneBefore = await fastRate(server, fast, RUN_MS / 2)
  await server.request('stop')

  for (let i = 0; i < SLOW; i++) slow.push(await subscribe(url))
  const before = await stateOf(server, true)
  for (const { socket } of slow) socket.pause()
  await server.request('start')
  // Their kernel buffers fill first; from then on they do not read, whatever is published.
  await eventually(async () => (await stateOf(server)).topicBehind >= before.topicBehind + SLOW, { timeoutMs: 120_000 })
  const beside = await fastRate(server, fast, RUN_MS)
  const after = await stateOf(server, true)
  await server.request('stop')

  const growth = after.memoryBytes - before.memoryBytes
  console.log(
    `${after.published} events; server grew by ${(growth / MIB).toFixed(1)} MiB for ${SLOW} slow subscribers ` +
      `(bound ${((SLOW * BOUND_PER_SLOW_BYTES) / MIB).toFixed(0)} MiB, waiting in sockets ${(after.bufferedBytes / MIB).toFixed(1)} MiB)`,
  )
  expect(growth).toBeLessThan(SLOW * BOUND_PER_SLOW_BYTES)
  expect(after.bufferedBytes).toBeLessThan(SLOW * BOUND_PER_SLOW_BYTES)

  for (const { socket } of slow) socket.resume()
  const top = (await stateOf(server)).published
  await eventually(() => [...fast, ...slow].every(({ offset }) => offset === top), {
    timeoutMs: 120_000,
    message: 'everyone at the top',
  })
  const withFaults = [...fast, ...slow].filter(({ faults }) => faults > 0)
  expect(withFaults.map(({ faults, gaps, events, offset }) => ({ faults, gaps, events, offset }))).toEqual([])

  // Alone again, so that a machine that got slower or a compiler that got warmer does not count for or against.
  for (const { socket } of slow) socket.terminate()
  await server.request('start')
  const aloneAfter = await fastRate(server, fast, RUN_MS / 2)
  await server.request('stop')
  const ratio = beside / ((aloneBefore + aloneAfter) / 2)
  console.log(
    `fast subscribers beside the slow ones: ${(ratio * 100).toFixed(0)} % of their events per CPU second alone`,
  )
  expect(ratio).toBeGreaterThan(0.8)
}, 300_000)
