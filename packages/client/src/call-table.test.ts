import { type Codec, jsonCodec, trunkline } from '@trunkline/core'
import { decodeBinaryMessage } from '@trunkline/core/protocol'
import { superjsonCodec } from '@trunkline/core/superjson'
import { eventually } from '@trunkline/testkit'
import * as v from 'valibot'
import { expect, test } from 'vitest'
import { createWorld, held, LIMITS, stateOf, type World } from '../test/fake-server.js'
import type { ClientOptions } from './create-client.js'

const t = trunkline()
const router = t.router({
  greet: t.procedure.input(v.object({ name: v.string() })).query(({ input }) => input.name),
  get: t.procedure.input(v.any()).query(() => 0),
  send: t.procedure
    .input(v.any())
    .errors({ MUTED: v.object({ untilMs: v.number() }) })
    .mutation(() => 0),
  room: t.topic({ event: v.string(), delivery: 'log', clientPublish: true }),
})
type Api = World<typeof router>

async function open(options: Partial<ClientOptions> = {}, limits: object = {}): Promise<Api> {
  const world = createWorld<typeof router>(options)
  await world.peer().welcomes({ limits: { ...LIMITS, ...limits } })
  return world
}

test('a call resolves with its answer (P5.1, P5.2)', async () => {
  const { api, peer } = await open()
  const greeting = api.greet.query({ name: 'Ada' })
  expect(await peer().receives()).toEqual([{ query: 1, path: 'greet', data: { name: 'Ada' } }])
  await peer().sends({ ok: 1, data: 'Hello Ada' })
  expect(await greeting).toBe('Hello Ada')
})

test('a call rejects with what the error says, and the path (P5.2)', async () => {
  const { api, peer } = await open()
  const call = held(api.send.mutate('hi'))
  await peer().sends({
    error: 1,
    code: 'MUTED',
    message: 'Not now.',
    data: { untilMs: 5 },
    correlationId: 'c',
    retryAfterMs: 9,
    issues: [{ message: 'wrong', path: ['a', 0] }],
  })
  expect(await stateOf(call)).toMatchObject({
    name: 'TrunklineError',
    code: 'MUTED',
    message: 'Not now.',
    data: { untilMs: 5 },
    fate: 'executed',
    path: 'send',
    correlationId: 'c',
    retryAfterMs: 9,
    issues: [{ message: 'wrong', path: ['a', 0] }],
  })
})

test('the fate is the code’s usual one unless the server says another', async () => {
  const { api, peer } = await open()
  const calls = [held(api.get.query(1)), held(api.get.query(2))]
  await peer().sends([
    { error: 1, code: 'LIMIT_EXCEEDED', message: '' },
    { error: 2, code: 'TIMEOUT', message: '', fate: 'rejected' },
  ])
  expect(await Promise.all(calls.map(stateOf))).toMatchObject([{ fate: 'rejected' }, { fate: 'rejected' }])
})

test('calls of one turn leave as one message, answers of one message settle in order', async () => {
  const { api, peer } = await open()
  const order: number[] = []
  for (const n of [1, 2, 3]) void api.get.query(n).then((answer) => order.push(Number(answer)))
  await peer().receives()
  expect(JSON.parse(String(peer().messages.at(-1)))).toHaveLength(3)
  await peer().sends([
    { ok: 3, data: 3 },
    { ok: 1, data: 1 },
    { ok: 2, data: 2 },
  ])
  expect(order).toEqual([3, 1, 2])
})

test('an input that cannot be encoded is refused and nothing is sent', async () => {
  const { api, peer } = await open()
  expect(await stateOf(held(api.get.query(() => 0)))).toMatchObject({
    code: 'INVALID_INPUT',
    fate: 'not-sent',
    path: 'get',
  })
  expect(await peer().receives()).toEqual([])
})

test('an answer that cannot be decoded is a lost result', async () => {
  const codec: Codec = {
    ...jsonCodec(),
    decode: () => {
      throw new RangeError('not mine')
    },
  }
  const { api, peer } = await open({ codec })
  const calls = [held(api.send.mutate(1)), held(api.send.mutate(2))]
  await peer().sends([
    { ok: 1, data: 1 },
    { error: 2, code: 'MUTED', message: '', data: 1 },
  ])
  for (const call of calls) {
    expect(await stateOf(call)).toMatchObject({ code: 'RESULT_LOST', fate: 'executed', cause: expect.any(RangeError) })
  }
})

test('an error without a code, of a server that is not ours, still settles its call', async () => {
  const { api, peer } = await open()
  const calls = [held(api.get.query(1)), held(api.get.query(2))]
  await peer().sends([
    { error: 1, message: 'without a code' },
    { ok: 2, data: 'fine' },
  ])
  expect(await Promise.all(calls.map(stateOf))).toMatchObject([{ message: 'without a code', path: 'get' }, 'fine'])
})

test('a deadline passes here as well: TIMEOUT, and what is known', async () => {
  const { api, clock, peer } = await open({ timeoutMs: 2_000 })
  const sent = held(api.get.query(1))
  const short = held(api.get.query(2, { timeoutMs: 500 }))
  expect(await peer().receives()).toMatchObject([{ timeoutMs: 2_000 }, { timeoutMs: 500 }])
  await clock.advance(500)
  expect(await stateOf(short)).toMatchObject({ code: 'TIMEOUT', fate: 'maybe-executed', path: 'get' })
  expect(await stateOf(sent)).toBe('pending')
  await clock.advance(1_500)
  expect(await stateOf(sent)).toMatchObject({ code: 'TIMEOUT' })
})

test('a call that waits times out without being sent; what waits longer is sent with the time left', async () => {
  const { api, clock, peer } = createWorld<typeof router>({ opens: false })
  const short = held(api.get.query(1, { timeoutMs: 1_000 }))
  void held(api.get.query(2, { timeoutMs: 5_000 }))
  void held(api.get.query(3))
  await clock.advance(1_500)
  expect(await stateOf(short)).toMatchObject({ code: 'TIMEOUT', fate: 'not-sent' })
  peer().pair.open()
  expect((await peer().receives()).slice(1)).toEqual([
    { query: 1, path: 'get', data: 2, timeoutMs: 3_500 },
    { query: 2, path: 'get', data: 3, timeoutMs: 28_500 },
  ])
})

test('a timeout is at most one day and at least one millisecond', async () => {
  const { api, peer } = await open()
  void held(api.get.query(1, { timeoutMs: Infinity }))
  void held(api.get.query(2, { timeoutMs: 0 }))
  expect(await peer().receives()).toMatchObject([{ timeoutMs: 86_400_000 }, { timeoutMs: 1 }])
})

test('an aborted signal drops a call that waits and cancels one that was sent (P5.3)', async () => {
  const { api, peer } = await open()
  const controller = new AbortController()
  const { signal } = controller
  const sent = held(api.get.query(1, { signal }))
  await peer().receives()
  controller.abort('enough')
  expect(await stateOf(sent)).toMatchObject({ code: 'CANCELLED', fate: 'maybe-executed', cause: 'enough' })
  const late = held(api.get.query(2, { signal }))
  expect(await stateOf(late)).toMatchObject({ code: 'CANCELLED', fate: 'not-sent', cause: 'enough' })
  expect(await peer().receives()).toEqual([{ cancel: 1 }])
  await peer().sends({ ok: 1, data: 'too late' })
})

test('an aborted call that waits is never sent', async () => {
  const { api, peer } = createWorld<typeof router>({ opens: false })
  const controller = new AbortController()
  const call = held(api.get.query(1, { signal: controller.signal }))
  controller.abort()
  expect(await stateOf(call)).toMatchObject({ code: 'CANCELLED', fate: 'not-sent' })
  peer().pair.open()
  expect(await peer().receives()).toHaveLength(1)
})

test('a settled call no longer listens to its signal', async () => {
  const { api, peer } = await open()
  const controller = new AbortController()
  let listeners = 0
  const signal = controller.signal
  const add = signal.addEventListener.bind(signal)
  const remove = signal.removeEventListener.bind(signal)
  signal.addEventListener = (...args: Parameters<typeof add>) => {
    listeners += 1
    add(...args)
  }
  signal.removeEventListener = (...args: Parameters<typeof remove>) => {
    listeners -= 1
    remove(...args)
  }
  const call = api.get.query(1, { signal })
  expect(listeners).toBe(1)
  await peer().sends({ ok: 1 })
  await call
  expect(listeners).toBe(0)
  controller.abort()
  expect(await peer().receives()).toEqual([{ query: 1, path: 'get', data: 1 }])
})

test('keeps to the server’s limit of running calls: the rest waits for its turn (P3.4)', async () => {
  const { api, peer } = await open({}, { maxCalls: 2 })
  const calls = [1, 2, 3, 4].map((n) => held(api.get.query(n)))
  expect(await peer().receives()).toHaveLength(2)
  await peer().sends([{ ok: 2 }, { ok: 1 }])
  expect(await peer().receives()).toMatchObject([
    { query: 3, data: 3 },
    { query: 4, data: 4 },
  ])
  await peer().sends([{ ok: 3 }, { ok: 4 }])
  await Promise.all(calls)
})

test('what ends a call otherwise frees its place too', async () => {
  const { api, peer, clock } = await open({}, { maxCalls: 1 })
  const controller = new AbortController()
  void held(api.get.query(1, { signal: controller.signal }))
  void held(api.get.query(2, { timeoutMs: 1_000 }))
  void held(api.get.query(3))
  await peer().receives()
  controller.abort()
  expect(await peer().receives()).toMatchObject([{ cancel: 1 }, { query: 2 }])
  await clock.advance(1_000)
  expect(await peer().receives()).toMatchObject([{ query: 3 }])
})

test('at most queuedCalls calls wait; one more is QUEUE_FULL and was not sent', async () => {
  const { api } = createWorld<typeof router>({ opens: false, limits: { queuedCalls: 2 } })
  void held(api.get.query(1))
  void held(api.get.query(2))
  expect(await stateOf(held(api.get.query(3)))).toMatchObject({
    code: 'QUEUE_FULL',
    fate: 'not-sent',
    path: 'get',
    message: 'Nothing was sent: see `connection.status`. With it wait 3 of 2 queuedCalls, 27 of 1048576 queuedBytes.',
  })
})

test('at most queuedBytes of payload wait', async () => {
  const { api, peer } = createWorld<typeof router>({ opens: false, limits: { queuedBytes: 1_000 } })
  void held(api.get.query('x'.repeat(600)))
  expect(await stateOf(held(api.get.query('x'.repeat(600))))).toMatchObject({
    code: 'QUEUE_FULL',
    message: expect.stringMatching(/2 of 1024 queuedCalls, 1\d\d\d of 1000 queuedBytes/),
  })
  void held(api.get.query('x'.repeat(300)))
  peer().pair.open()
  expect(await peer().receives()).toHaveLength(3)
})

test('before welcome no more is sent than a server holds; the rest follows welcome, in order (P3.3)', async () => {
  const { api, peer } = createWorld<typeof router>()
  for (const n of [1, 2, 3, 4]) void held(api.get.query(`${n}${'x'.repeat(6_000)}`))
  const early = await peer().welcomes()
  expect(early.map(({ query }) => query)).toEqual([1, 2])
  expect((await peer().receives()).map(({ query }) => query)).toEqual([3, 4])
})

test('a payload that the server would not take is refused here, since it would cost the connection', async () => {
  const { api, peer } = await open({}, { maxMessageBytes: 100_000 })
  for (const input of ['x'.repeat(100_000), '漢'.repeat(66_000)]) {
    expect(await stateOf(held(api.get.query(input)))).toMatchObject({ code: 'PAYLOAD_TOO_LARGE', fate: 'not-sent' })
  }
  void held(api.get.query('x'.repeat(90_000)))
  expect(await peer().receives()).toHaveLength(1)
})

test('bytes travel as a binary message, whole and in order (P2.5)', async () => {
  const { api, peer } = await open({ codec: superjsonCodec() })
  void held(api.get.query('before'))
  void held(api.get.query({ file: new Uint8Array([1, 2, 3]) }))
  void held(api.get.query('behind'))
  await peer().receives()
  const [before, binary, behind] = peer().messages.slice(-3)
  expect(JSON.parse(String(before))).toMatchObject({ query: 1 })
  expect(JSON.parse(String(behind))).toMatchObject({ query: 3 })
  const bytes = binary as Uint8Array
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0)
  expect(JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length)))).toMatchObject({ query: 2, bytes: [3] })
  expect([...bytes.subarray(4 + length)]).toEqual([1, 2, 3])
})

test('an idempotency key of the app travels with the mutation (P5.8)', async () => {
  const { api, peer } = await open()
  void held(api.send.mutate('hi', { key: 'order-7' }))
  expect(await peer().receives()).toEqual([{ mutate: 1, path: 'send', data: 'hi', key: 'order-7' }])
})

test('publish is answered with the position (P5.9)', async () => {
  const { api, peer } = await open()
  const position = { epoch: 'e', offset: 1, tag: 't' }
  const published = api.room.publish({}, 'hello')
  expect(await peer().receives()).toEqual([{ publish: 1, topic: 'room', params: {}, data: 'hello' }])
  await peer().sends({ ok: 1, data: position })
  expect(await published).toEqual(position)
})

test('a publish whose session is lost says that it may have been accepted; with a key it is sent again', async () => {
  const { api, peer, nextPeer } = await open()
  const plain = held(api.room.publish({}, 'plain'))
  const keyed = held(api.room.publish({}, 'keyed', { key: 'k' }))
  await peer().receives()
  await peer().drops()
  const next = await nextPeer()
  await next.welcomes()
  expect(await stateOf(plain)).toMatchObject({ code: 'CONNECTION_LOST', fate: 'maybe-executed', path: 'room' })
  expect(await next.receives()).toEqual([{ publish: 3, topic: 'room', params: {}, data: 'keyed', key: 'k' }])
  expect(await stateOf(keyed)).toBe('pending')
})

test('what was sent so long ago that its key may be forgotten is not sent again (P5.7)', async () => {
  const { api, clock, peer, nextPeer } = await open()
  const timeoutMs = 3_600_000
  const published = held(api.room.publish({}, 'keyed', { key: 'k', timeoutMs }))
  const mutated = held(api.send.mutate('x', { key: 'm', timeoutMs }))
  await peer().receives()
  await clock.advance(61_000)
  await peer().drops()
  const next = await nextPeer()
  await next.welcomes()
  const lost = { code: 'CONNECTION_LOST', fate: 'maybe-executed' }
  expect(await stateOf(published)).toMatchObject({ ...lost, path: 'room' })
  expect(await next.receives()).toEqual([expect.objectContaining({ mutate: 3, resend: true, key: 'm' })])
  await clock.advance(480_000)
  await next.drops()
  const last = await nextPeer()
  await last.welcomes()
  expect(await stateOf(mutated)).toMatchObject({ ...lost, path: 'send' })
})

test('what waits for another session until its key may be forgotten is not sent either (P5.7)', async () => {
  let isOnline = true
  const auth = async (): Promise<string> => {
    if (!isOnline) throw new Error('offline')
    return 'token'
  }
  const { api, clock, nextPeer } = createWorld<typeof router>({ auth })
  const peer = await nextPeer()
  await peer.welcomes()
  const published = held(api.room.publish({}, 'keyed', { key: 'k', timeoutMs: 3_600_000 }))
  const mutated = held(api.send.mutate('sent', { timeoutMs: 3_600_000 }))
  await peer.receives()
  isOnline = false
  await peer.closes(4409)
  void held(api.send.mutate('never sent', { timeoutMs: 3_600_000 }))
  await clock.advance(61_000)
  expect(await stateOf(published)).toBe('pending')
  isOnline = true
  const next = await nextPeer()
  expect(await next.welcomes()).toMatchObject([
    { mutate: 3, data: 'sent', resend: true },
    { mutate: 4, data: 'never sent' },
  ])
  expect(await stateOf(published)).toMatchObject({ code: 'CONNECTION_LOST', fate: 'maybe-executed', path: 'room' })
  expect(await stateOf(mutated)).toBe('pending')
})

test('a Blob is read and then travels; what was called behind it does not wait for it', async () => {
  const { api, peer } = await open({ codec: superjsonCodec() })
  const call = held(api.send.mutate({ file: new Blob(['abc'], { type: 'text/plain' }) }))
  api.get.query(7).catch(() => {})
  expect(await peer().receives()).toEqual([{ query: 1, path: 'get', data: 7 }])
  await eventually(() => peer().messages.some((message) => message instanceof Uint8Array))
  const bytes = peer().messages.at(-1) as Uint8Array
  expect(JSON.parse(decodeBinaryMessage(bytes).header)).toMatchObject({ mutate: 2, path: 'send', bytes: [3] })
  expect(new TextDecoder().decode(bytes.subarray(-3))).toBe('abc')
  await peer().sends({ ok: 2, data: 'stored' })
  expect(await call).toBe('stored')
})

test('what is given up while its Blob is read is never sent', async () => {
  const { api, clock, connection, peer } = await open({ codec: superjsonCodec() })
  let finish: (bytes: ArrayBuffer) => void = () => {}
  const slow = Object.assign(new Blob(['abc']), { arrayBuffer: () => new Promise((resolve) => (finish = resolve)) })
  const aborting = new AbortController()
  const aborted = held(api.send.mutate(slow, { signal: aborting.signal }))
  const late = held(api.send.mutate(slow, { timeoutMs: 500 }))
  const unread = held(api.send.mutate(slow))
  aborting.abort()
  expect(await stateOf(aborted)).toMatchObject({ code: 'CANCELLED', fate: 'not-sent' })
  await clock.advance(500)
  expect(await stateOf(late)).toMatchObject({ code: 'TIMEOUT', fate: 'not-sent' })
  connection.close()
  expect(await stateOf(unread)).toMatchObject({ code: 'CONNECTION_CLOSED', fate: 'not-sent' })
  finish(new ArrayBuffer(3))
  await Promise.resolve()
  expect(peer().messages.filter((message) => message instanceof Uint8Array)).toEqual([])
})

test('a Blob that cannot be read refuses the call, and nothing was sent', async () => {
  const { api } = await open({ codec: superjsonCodec() })
  const gone = Object.assign(new Blob(['abc']), { arrayBuffer: () => Promise.reject(new Error('The file changed.')) })
  const call = held(api.send.mutate(gone))
  await eventually(async () => (await stateOf(call)) !== 'pending')
  expect(await stateOf(call)).toMatchObject({ code: 'INVALID_INPUT', message: 'The file changed.', fate: 'not-sent' })
})
