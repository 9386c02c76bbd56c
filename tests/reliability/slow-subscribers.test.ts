import { hash } from 'node:crypto'
import type { Gap, Position } from '@trunkline/core'
import {
  type ChildHandle,
  checkHistory,
  eventually,
  formatFindings,
  type HistoryEntry,
  type Sighting,
  type SubscriberRecord,
  startProcess,
  type TopicTruth,
} from '@trunkline/testkit'
import { expect, onTestFinished, test } from 'vitest'
import { WebSocket } from 'ws'
import { newToken } from '../support/open-peer.js'

const SLOW = 1_000
const FAST = 5
/** Windows of publishing, in turns with and without the slow subscribers: ten seconds with them in all. */
const WINDOWS = 10
const WINDOW_MS = 1_000
/** Events that the broker keeps at least. */
const RETAINED = 2_000
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

/** The tags of a topic's events as they were seen first, by offset: one text for all who saw the same. */
type Tags = Map<number, string>

/** What one subscriber saw. A run of events without a hole is two numbers: there are tens of thousands in one. */
class Subscriber implements SubscriberRecord {
  readonly subscriber: string
  readonly socket: WebSocket
  offset = 0
  events = 0
  gaps = 0
  live = false
  epoch = ''
  readonly #tags: Tags
  readonly #seen: (Sighting | { readonly from: number; to: number })[] = [{ kind: 'started', since: 'now' }]

  constructor(url: string, subscriber: string, tags: Tags) {
    this.subscriber = subscriber
    this.#tags = tags
    this.socket = new WebSocket(url, ['trunkline.1'])
    this.socket.on('message', (data) => {
      const message: unknown = JSON.parse(String(data))
      for (const frame of Array.isArray(message) ? message : [message]) this.#take(frame)
    })
  }

  /** What it was told, for the history checker. An event's id is its number. */
  get sightings(): Iterable<Sighting> {
    return this.#unfold()
  }

  *#unfold(): Generator<Sighting> {
    for (const seen of this.#seen) {
      if ('kind' in seen) yield seen
      else
        for (let offset = seen.from; offset <= seen.to; offset++)
          yield this.#event(offset, this.#tags.get(offset) ?? '')
    }
  }

  #event(offset: number, tag: string): Sighting {
    return { kind: 'event', id: String(offset), position: { epoch: this.epoch, offset, tag } }
  }

  #take(frame: Record<string, unknown>): void {
    if ('event' in frame) return this.#takeEvent(Number(frame['offset']), String(frame['tag']))
    if ('gap' in frame) {
      this.gaps += 1
      // A gap's frame has the members of a gap.
      this.#seen.push({ kind: 'gap', gap: frame as unknown as Gap })
      this.offset = (frame['position'] as Position).offset
    } else if ('subbed' in frame) {
      const position = frame['position'] as Position
      this.epoch = position.epoch
      this.offset = position.offset
      this.live = frame['behind'] === undefined
      this.#seen.push({ kind: 'placed', position })
      if (this.live) this.#seen.push({ kind: 'live' })
    } else if ('live' in frame) {
      this.live = true
      this.#seen.push({ kind: 'live' })
    } else if ('behind' in frame) this.live = false
  }

  #takeEvent(offset: number, tag: string): void {
    this.events += 1
    this.offset = offset
    const known = this.#tags.get(offset)
    if (known === undefined) this.#tags.set(offset, tag)
    else if (known !== tag) return void this.#seen.push(this.#event(offset, tag))
    const run = this.#seen.at(-1)
    if (run !== undefined && 'to' in run && run.to === offset - 1) run.to = offset
    else this.#seen.push({ from: offset, to: offset })
  }
}

async function subscribe(url: string, topic: Topic, name: string, tags: Tags): Promise<Subscriber> {
  const subscriber = new Subscriber(url, name, tags)
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

/** Everything that was published on a topic: the ids are numbers, and tags are chained over them (P7.3). */
function historyOf(topic: Topic, epoch: string, count: number): TopicTruth {
  const accepted: HistoryEntry[] = []
  let tag = ''
  for (let offset = 1; offset <= count; offset++) {
    const previousTag = tag
    const id = String(offset)
    tag = hash('sha1', previousTag + id).slice(0, 16)
    accepted.push({ epoch, offset, tag, previousTag, id })
  }
  return { topic, accepted, top: { epoch, offset: count, tag }, oldest: Math.max(1, count - RETAINED + 1) }
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
  const tags: Record<Topic, Tags> = { crowded: new Map(), quiet: new Map() }
  const slow: Subscriber[] = []
  onTestFinished(() => {
    for (const { socket } of [...fast.crowded, ...fast.quiet, ...slow]) socket.terminate()
  })
  for (const topic of ['crowded', 'quiet'] as const) {
    for (let i = 0; i < FAST; i++) fast[topic].push(await subscribe(url, topic, `fast ${i}`, tags[topic]))
  }
  for (let i = 0; i < SLOW; i++) slow.push(await subscribe(url, 'crowded', `slow ${i}`, tags.crowded))
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
  // Two of those who saw a million events are enough: the others were handed the same messages.
  for (const [topic, subscribers] of [
    ['crowded', [...fast.crowded.slice(0, 2), ...slow]],
    ['quiet', fast.quiet.slice(0, 2)],
  ] as const) {
    const truth = historyOf(topic, subscribers[0]?.epoch ?? '', after.published[topic])
    expect(formatFindings(checkHistory(truth, subscribers).slice(0, 5)), topic).toBe('')
    // Negative control: the same history with one event more, which nobody was told of.
    const { accepted, top } = truth
    const more = { epoch: top.epoch, offset: top.offset + 1, previousTag: top.tag, tag: 'another', id: 'another' }
    const some = subscribers.slice(-3)
    const lost = checkHistory({ ...truth, accepted: [...accepted, more], top: more }, some)
    expect(lost.map(({ kind }) => kind)).toEqual(some.map(() => 'not-converged'))
  }
  const withoutGap = slow.filter(({ gaps }) => gaps === 0)
  expect(withoutGap.map(({ events, offset }) => ({ events, offset }))).toEqual([])
}, 300_000)
