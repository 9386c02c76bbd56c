import { trunkline } from '@trunkline/core'
import { decodeBinaryMessage } from '@trunkline/core/protocol'
import {
  connectRawPeer,
  createRandom,
  eventually,
  parseServerFrame,
  type Random,
  type RawPeer,
  testSeed,
} from '@trunkline/testkit'
import * as v from 'valibot'
import { expect, test } from 'vitest'
import { newToken, openPeer, startServer } from '../support/open-peer.js'

const t = trunkline()
const NASTY = ['__proto__', 'constructor', 'prototype', 'then', 'hasOwnProperty', '', '.', 'a..b', '\u0000', '💥']

const router = t.router({
  echo: t.procedure.query(({ input }) => input),
  add: t.procedure.input(v.object({ a: v.number() })).mutation(({ input }) => input.a),
  ticks: t.procedure.subscription(async function* () {
    yield 1
  }),
  room: t.topic({ params: v.object({ room: v.string() }), event: v.unknown(), delivery: 'log', clientPublish: true }),
})

/** A frame that is well formed, before it is spoilt. */
function validFrame(random: Random, id: number): Record<string, unknown> {
  const payload = { data: randomJson(random, 3) }
  return random.pick<() => Record<string, unknown>>([
    () => ({ query: id, path: 'echo', ...payload }),
    () => ({ mutate: id, path: 'add', data: { a: 1 } }),
    () => ({ subscribe: id, path: 'ticks', lastEventId: 'x' }),
    () => ({ publish: id, topic: 'room', params: { room: 'a' }, ...payload }),
    () => ({ sub: id, topic: 'room', params: { room: String(id) }, since: 'start' }),
    () => ({ unsub: id - 1 }),
    () => ({ cancel: id - 1 }),
    () => ({ taken: id - 1, n: 0 }),
    () => ({ ping: 0 }),
    () => ({ answer: id }),
  ])()
}

function randomJson(random: Random, depth: number): unknown {
  const leaf = random.pick<unknown>([null, true, false, 0, -1, 1.5, 1e308, '', 'text', ...NASTY])
  if (depth === 0 || random.chance(0.4)) return leaf
  if (random.chance(0.5)) return Array.from({ length: random.int(0, 4) }, () => randomJson(random, depth - 1))
  return fromEntries(random, depth)
}

/** Own members, also `__proto__`, as JSON.parse makes them. */
function fromEntries(random: Random, depth: number): unknown {
  const members = Array.from({ length: random.int(0, 4) }, () => {
    const name = random.chance(0.3) ? random.pick(NASTY) : random.pick(['a', 'b', 'data', 'meta', 'values', 'json'])
    return `${JSON.stringify(name)}:${JSON.stringify(randomJson(random, depth - 1))}`
  })
  return JSON.parse(`{${members.join(',')}}`)
}

function spoil(random: Random, frame: Record<string, unknown>): string {
  const names = Object.keys(frame)
  const name = random.pick(names)
  const text = JSON.stringify(frame)
  switch (random.int(0, 6)) {
    case 0:
      return JSON.stringify({ ...frame, [name]: randomJson(random, 2) })
    case 1:
      return JSON.stringify({ ...frame, meta: randomJson(random, 4) })
    case 2:
      return text.replace(JSON.stringify(name), JSON.stringify(random.pick(NASTY)))
    case 3: {
      const at = random.int(0, text.length - 1)
      return text.slice(0, at) + String.fromCharCode(random.int(0, 0xffff)) + text.slice(at + 1)
    }
    case 4:
      return `[${text},${JSON.stringify(randomJson(random, 3))},${text}]`
    case 5:
      return text.replace(/}$/, `,"data":${'['.repeat(5_000)}${']'.repeat(5_000)}}`)
    default:
      return JSON.stringify(Object.fromEntries(names.reverse().map((key) => [key, frame[key]])))
  }
}

/** Opens a peer again whenever the last one was closed for what it sent. */
async function peerFor(url: string, current: RawPeer | undefined): Promise<RawPeer> {
  if (current !== undefined) {
    const isClosed = await Promise.race([
      current.closed.then(() => true),
      new Promise((done) => setImmediate(done, false)),
    ])
    if (isClosed !== true) return current
  }
  return openPeer(url)
}

test('no input ends the process or takes another connection down', async () => {
  const random = createRandom(testSeed(import.meta.url))
  const { url, server } = await startServer({
    router,
    limits: {
      messagesPerSecond: 1_000_000,
      handshakesPerSecond: 100_000,
      maxCalls: 100_000,
      maxSubscriptions: 100_000,
    },
  })
  const faults: string[] = []
  server.on('handler-failed', ({ path, error }) => faults.push(`${path}: ${String(error)}`))
  const witness = await openPeer(url)
  let peer: RawPeer | undefined
  const peers = new Set<RawPeer>()
  for (let round = 1; round <= 2_000; round++) {
    peer = await peerFor(url, peer)
    peers.add(peer)
    const dice = random.next()
    if (dice < 0.7) peer.sends(spoil(random, validFrame(random, round)))
    else if (dice < 0.8) peer.sends(JSON.stringify(randomJson(random, 4)))
    else if (dice < 0.9) peer.sends(random.bytes(random.int(0, 200)))
    else peer.sends(binaryMessage(random, validFrame(random, round)))
    if (round % 100 === 0) {
      witness.sends({ query: round, path: 'echo', data: round })
      await witness.receives({ ok: round, data: round })
    }
  }
  expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
  expect(faults).toEqual([])
  expect(server.metrics().framesReceived).toBeGreaterThan(500)
  // Whatever it was asked, it never answered with what is no frame: a client trusts that (P2.12).
  const answers = [...peers].flatMap(({ messages }) => messages.flatMap(framesOf))
  expect(answers.filter((answer) => parseServerFrame(answer).kind === 'bad')).toEqual([])
  expect(answers.length).toBeGreaterThan(500)
})

function framesOf(message: string | Uint8Array): unknown[] {
  const text = typeof message === 'string' ? message : decodeBinaryMessage(message).header
  return [JSON.parse(text)].flat()
}

test('every call in a mutated message whose frame is still readable gets an answer with its id', async () => {
  const random = createRandom(testSeed(import.meta.url))
  const { url } = await startServer({ router, limits: { messagesPerSecond: 1_000_000, handshakesPerSecond: 100_000 } })
  for (let round = 0; round < 150; round++) {
    const peer = await openPeer(url)
    const frames = Array.from({ length: 12 }, (_, i) => {
      const frame: Record<string, unknown> = { query: i + 1, path: 'echo', data: randomJson(random, 3) }
      const name = random.pick(['path', 'data', 'meta', 'timeoutMs', 'key'])
      return random.chance(0.6) ? { ...frame, [name]: randomJson(random, 3) } : frame
    })
    peer.sends(frames)
    const answered = new Set<unknown>()
    while (answered.size < frames.length) {
      const frame = (await peer.receives()) as Record<string, unknown>
      answered.add(frame['ok'] ?? frame['error'])
    }
    expect([...answered].sort((a, b) => Number(a) - Number(b))).toEqual(frames.map((_, i) => i + 1))
    peer.terminate()
  }
})

test('random bytes and random text before hello close that socket only', async () => {
  const random = createRandom(testSeed(import.meta.url))
  // The server may hear later than the peer that a socket is gone: on a busy machine more than 64 of them waited for that.
  const limits = { handshakesPerSecond: 100_000, maxUnauthenticatedPerAddress: 1_000 }
  const { url, server } = await startServer({ router, limits })
  for (let round = 0; round < 100; round++) {
    const peer = await connectRawPeer(url)
    peer.sends(random.chance(0.5) ? random.bytes(random.int(0, 64)) : JSON.stringify(randomJson(random, 3)))
    expect((await peer.closed).code).toBe(4400)
  }
  await eventually(() => server.metrics().connections === 0)
  const peer = await connectRawPeer(url)
  peer.sends({ hello: 'test/1', session: newToken() })
  await peer.receives({ resumed: false })
})

/** A frame in the binary form, with sizes that may be wrong. */
function binaryMessage(random: Random, frame: Record<string, unknown>): Uint8Array {
  const bytes = random.bytes(random.int(0, 40))
  const size = random.chance(0.5) ? bytes.length : random.pick<unknown>([-1, 1.5, 1e9, '4', null, bytes.length + 1])
  const header = Buffer.from(JSON.stringify({ ...frame, bytes: [size], meta: randomJson(random, 3) }))
  const length = Buffer.alloc(4)
  length.writeUInt32BE(random.chance(0.8) ? header.length : random.int(0, 0xffffffff))
  return Buffer.concat([length, header, bytes])
}
