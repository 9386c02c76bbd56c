import { type ChildHandle, eventually, startProcess } from '@trunkline/testkit'
import { expect, onTestFinished, test } from 'vitest'
import { WebSocket } from 'ws'
import { newToken } from '../support/open-peer.js'

const SLOW = 1_000
const FAST = 5
/** Windows of publishing, in turns with and without the slow subscribers: ten seconds with them in all. */
const WINDOWS = 10
const WINDOW_MS = 1_000
const MIB = 1_048_576
/** A socket holds the high-water mark (128 KiB) and one coalesced message (64 KiB) before its subscription falls behind. */
const BOUND_PER_SLOW_BYTES = 131_072 + 65_536

type Topic = 'crowded' | 'quiet'

interface State {
  memoryBytes: number
  published: Record<Topic, number>
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

async function subscribe(url: string, topic: Topic): Promise<Subscriber> {
  const subscriber = new Subscriber(url)
  await new Promise((resolve, reject) => {
    subscriber.socket.once('open', resolve)
    subscriber.socket.once('error', reject)
  })
  subscriber.socket.send(JSON.stringify({ hello: 'test/1', session: newToken() }))
  subscriber.socket.send(JSON.stringify({ sub: 1, topic }))
  await eventually(() => subscriber.live)
  return subscriber
}

async function stateOf(server: ChildHandle): Promise<State> {
  // The script answers with this shape.
  return (await server.request('state', undefined, { timeoutMs: 60_000 })) as State
}

async function publish(server: ChildHandle, name: Topic, durationMs: number): Promise<number> {
  return Number(await server.request('publish', { name, durationMs }, { timeoutMs: 120_000 }))
}

/** Events that reach each subscriber per second of server CPU. */
async function rate(server: ChildHandle, name: Topic, subscribers: Subscriber[]): Promise<number> {
  const before = subscribers.reduce((sum, { events }) => sum + events, 0)
  const cpuMs = await publish(server, name, WINDOW_MS)
  const { published } = await stateOf(server)
  // Whoever fell behind for a moment catches up before the next window, so that no window pays for another.
  await eventually(() => subscribers.every(({ offset }) => offset === published[name]), { timeoutMs: 60_000 })
  return (subscribers.reduce((sum, { events }) => sum + events, 0) - before) / subscribers.length / (cpuMs / 1_000)
}

test('1,000 subscribers that do not read cost bounded memory, do not slow the fast ones, and catch up or get a gap', async () => {
  const server = await startProcess(new URL('./slow-subscribers-server.ts', import.meta.url), [], {
    nodeFlags: ['--expose-gc'],
  })
  onTestFinished(() => server.stop())
  const url = `ws://127.0.0.1:${Number(server.ready)}`
  const fast: Record<Topic, Subscriber[]> = { crowded: [], quiet: [] }
  const slow: Subscriber[] = []
  onTestFinished(() => {
    for (const { socket } of [...fast.crowded, ...fast.quiet, ...slow]) socket.terminate()
  })
  for (const topic of ['crowded', 'quiet'] as const) {
    for (let i = 0; i < FAST; i++) fast[topic].push(await subscribe(url, topic))
  }
  for (let i = 0; i < SLOW; i++) slow.push(await subscribe(url, 'crowded'))
  const before = await stateOf(server)
  for (const { socket } of slow) socket.pause()
  // Their kernel buffers fill first; from then on they do not read, whatever is published.
  await eventually(
    async () => {
      await publish(server, 'crowded', WINDOW_MS)
      return (await stateOf(server)).topicBehind >= before.topicBehind + SLOW
    },
    { timeoutMs: 120_000 },
  )
  await rate(server, 'quiet', fast.quiet)
  await rate(server, 'crowded', fast.crowded)

  const ratios: number[] = []
  for (let window = 0; window < WINDOWS; window++) {
    const alone = await rate(server, 'quiet', fast.quiet)
    ratios.push((await rate(server, 'crowded', fast.crowded)) / alone)
  }
  const after = await stateOf(server)
  const growth = after.memoryBytes - before.memoryBytes
  const median = ratios.sort((a, b) => a - b)[WINDOWS / 2] ?? 0
  console.log(
    `${after.published.crowded} events; server grew by ${(growth / MIB).toFixed(1)} MiB for ${SLOW} slow subscribers ` +
      `(bound ${((SLOW * BOUND_PER_SLOW_BYTES) / MIB).toFixed(0)} MiB, waiting in sockets ${(after.bufferedBytes / MIB).toFixed(1)} MiB); ` +
      `fast ones get ${(median * 100).toFixed(0)} % of the events per CPU second that they get without them`,
  )
  expect(growth).toBeLessThan(SLOW * BOUND_PER_SLOW_BYTES)
  expect(after.bufferedBytes).toBeLessThan(SLOW * BOUND_PER_SLOW_BYTES)
  expect(median).toBeGreaterThan(0.8)

  for (const { socket } of slow) socket.resume()
  await eventually(() => slow.every(({ offset }) => offset === after.published.crowded), {
    timeoutMs: 120_000,
    message: 'every slow subscriber at the top',
  })
  const withFaults = [...fast.crowded, ...fast.quiet, ...slow].filter(({ faults }) => faults > 0)
  expect(withFaults.map(({ faults, gaps, events, offset }) => ({ faults, gaps, events, offset }))).toEqual([])
  const withoutGap = slow.filter(({ gaps }) => gaps === 0)
  expect(withoutGap.map(({ events, offset }) => ({ events, offset }))).toEqual([])
}, 300_000)
