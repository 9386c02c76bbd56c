import { TrunklineError, trunkline } from '@trunkline/core'
import { eventually } from '@trunkline/testkit'
import * as v from 'valibot'
import { expect, test, vi } from 'vitest'
import { gate, openPeer, startServer } from '../support/open-peer.js'

const t = trunkline()

test('a query is answered with what its handler returns', async () => {
  const router = t.router({
    add: t.procedure.input(v.object({ a: v.number(), b: v.number() })).query(({ input }) => input.a + input.b),
  })
  const { url } = await startServer({ router })
  const peer = await openPeer(url)
  peer.sends({ query: 1, path: 'add', data: { a: 1, b: 2 } })
  await peer.receives({ ok: 1, data: 3 })
})

test('calls that are ready in one turn are answered in one message', async () => {
  const { url } = await startServer({ router: t.router({ echo: t.procedure.query(async () => 'x') }) })
  const peer = await openPeer(url)
  peer.sends(Array.from({ length: 64 }, (_, i) => ({ query: i + 1, path: 'echo' })))
  for (let id = 1; id <= 64; id++) await peer.receives({ ok: id, data: 'x' })
  expect(peer.messages.length).toBe(2)
})

test('an unknown path, another verb and a wrong input are rejected before anything runs', async () => {
  const handler = vi.fn(() => 1)
  const router = t.router({ deep: { set: t.procedure.input(v.object({ n: v.number() })).mutation(handler) } })
  const { url } = await startServer({ router })
  const peer = await openPeer(url)
  peer.sends({ query: 1, path: 'nowhere' })
  await peer.receives({ error: 1, code: 'NOT_FOUND', message: 'No procedure "nowhere".' })
  peer.sends({ query: 2, path: 'deep.set' })
  await peer.receives({ error: 2, code: 'NOT_FOUND', message: '"deep.set" is a mutation: use mutate.' })
  peer.sends({ mutate: 3, path: 'deep.set', data: { n: 'one' } })
  await peer.receives({ error: 3, code: 'INVALID_INPUT', issues: [{ path: ['n'] }] })
  for (const [i, path] of ['__proto__', 'constructor', 'prototype', 'deep.__proto__', 'deep', 'then'].entries()) {
    peer.sends({ query: 10 + i, path })
    await peer.receives({ error: 10 + i, code: 'NOT_FOUND' })
  }
  expect(handler).not.toHaveBeenCalled()
})

test('a topic that is called and a procedure that is subscribed to as a topic say what they are', async () => {
  const router = t.router({
    ping: t.procedure.query(() => 'pong'),
    room: t.topic({ event: v.string(), delivery: 'log' }),
  })
  const { url } = await startServer({ router })
  const peer = await openPeer(url)
  peer.sends({ query: 1, path: 'room' })
  await peer.receives({ error: 1, code: 'NOT_FOUND', message: '"room" is a topic: use subscribe with onEvent.' })
  peer.sends({ sub: 2, topic: 'ping', params: {} })
  await peer.receives({ closed: 2, code: 'NOT_FOUND', message: '"ping" is a query, not a topic.' })
})

test('one bad element of an array fails alone, with its id', async () => {
  const { url } = await startServer({ router: t.router({ ping: t.procedure.query(() => 'pong') }) })
  const peer = await openPeer(url)
  peer.sends([{ query: 1, path: 'ping' }, { query: 2, path: 7 }, 5, { whatever: 4 }, { query: 5, path: 'ping' }])
  await peer.receives({ ok: 1 })
  await peer.receives({ error: 2, code: 'BAD_FRAME' })
  await peer.receives({ error: null, code: 'BAD_FRAME' })
  await peer.receives({ error: 4, code: 'UNSUPPORTED' })
  await peer.receives({ ok: 5 })
})

test('an unknown throw reaches the client as INTERNAL with a correlation id and nothing else of it', async () => {
  const router = t.router({
    fail: t.procedure.query(() => {
      throw new Error('postgres://admin:hunter2@db.internal/prod')
    }),
    later: t.procedure.query(async () => {
      throw { password: 'hunter2' }
    }),
    stream: t.procedure.subscription(async function* () {
      yield 1
      throw new Error('hunter2')
    }),
    undeclared: t.procedure.query(() => {
      throw new TrunklineError('HUNTER2', 'hunter2')
    }),
  })
  const { url, server } = await startServer({ router })
  const failures: { correlationId: string; error: unknown }[] = []
  server.on('handler-failed', (event) => failures.push(event))
  const peer = await openPeer(url)
  peer.sends([
    { query: 1, path: 'fail' },
    { query: 2, path: 'later' },
    { subscribe: 3, path: 'stream' },
    { query: 4, path: 'undeclared' },
  ])
  const answers = new Map<unknown, Record<string, unknown>>()
  while (answers.size < 4) {
    const frame = (await peer.receives()) as Record<string, unknown>
    if ('error' in frame) answers.set(frame['error'], frame)
  }
  for (const answer of answers.values()) {
    expect(Object.keys(answer).sort()).toEqual(['code', 'correlationId', 'error', 'message'])
    expect(answer['code']).toBe('INTERNAL')
    expect(failures.map((failure) => failure.correlationId)).toContain(answer['correlationId'])
  }
  expect(peer.transcript.toLowerCase()).not.toContain('hunter2')
  // Who runs the server is told what the code lacks, with the error itself as the cause.
  expect(failures.map(({ error }) => error)).toContainEqual(
    expect.objectContaining({
      message: 'undeclared does not declare the error HUNTER2: add it with .errors({ HUNTER2: … }).',
      cause: expect.objectContaining({ code: 'HUNTER2', message: 'hunter2' }),
    }),
  )
})

test('a declared error carries its data, a built-in one its message', async () => {
  const router = t.router({
    send: t.procedure.errors({ MUTED: v.object({ untilMs: v.number() }) }).mutation(({ errors }) => {
      throw errors.MUTED({ untilMs: 5 }, 'Not now.')
    }),
    admin: t.procedure
      .use(() => {
        throw new TrunklineError('FORBIDDEN', 'Admins only.')
      })
      .query(() => 1),
  })
  const { url } = await startServer({ router })
  const peer = await openPeer(url)
  peer.sends({ mutate: 1, path: 'send' })
  expect(await peer.receives()).toEqual({ error: 1, code: 'MUTED', message: 'Not now.', data: { untilMs: 5 } })
  peer.sends({ query: 2, path: 'admin' })
  // Rejected: the handler was never entered, so no fate is written beside the code's own.
  expect(await peer.receives()).toEqual({ error: 2, code: 'FORBIDDEN', message: 'Admins only.' })
})

test('the data of a declared error is what its schema makes of it; where it refuses that, the server is at fault', async () => {
  const errors = { MUTED: v.object({ untilMs: v.pipe(v.number(), v.transform(Math.ceil)) }) }
  const router = t.router({
    rounded: t.procedure.errors(errors).mutation(({ errors }) => {
      throw errors.MUTED({ untilMs: 4.5, secret: 'of the app' } as { untilMs: number })
    }),
    wrong: t.procedure.errors(errors).mutation(({ errors }) => {
      throw errors.MUTED({ untilMs: 'soon' } as never)
    }),
  })
  const { url, server } = await startServer({ router })
  server.on('handler-failed', () => {})
  const peer = await openPeer(url)
  peer.sends({ mutate: 1, path: 'rounded' })
  expect(await peer.receives({ error: 1, code: 'MUTED' })).toMatchObject({ data: { untilMs: 5 } })
  expect(peer.messages.join()).not.toContain('secret')
  peer.sends({ mutate: 2, path: 'wrong' })
  expect(await peer.receives({ error: 2, code: 'INTERNAL' })).not.toHaveProperty('data')
})

test('an output that does not match its schema is the fault of the server', async () => {
  // A handler that lies about its type, as untyped code may.
  const wrong = (() => ({ n: 'x' })) as unknown as () => { n: number }
  const router = t.router({ get: t.procedure.output(v.object({ n: v.number() })).query(wrong) })
  const { url, server } = await startServer({ router })
  const failed = vi.fn()
  server.on('handler-failed', failed)
  const peer = await openPeer(url)
  peer.sends({ query: 1, path: 'get' })
  await peer.receives({ error: 1, code: 'INTERNAL' })
  expect(failed).toHaveBeenCalledOnce()
})

test.each(['query', 'mutate', 'subscribe'] as const)(
  'the signal of a %s fires when the client cancels',
  async (verb) => {
    const { url, aborted } = await startHanging()
    const peer = await openPeer(url)
    peer.sends({ [verb]: 1, path: verb })
    await aborted.started.promise
    peer.sends({ cancel: 1 })
    await peer.receives({ error: 1, code: 'CANCELLED' })
    expect(await aborted.reason.promise).toMatchObject({ code: 'CANCELLED' })
  },
)

test.each(['query', 'mutate'] as const)('the signal of a %s fires at its deadline', async (verb) => {
  const { url, aborted } = await startHanging()
  const peer = await openPeer(url)
  peer.sends({ [verb]: 1, path: verb, timeoutMs: 20 })
  await peer.receives({ error: 1, code: 'TIMEOUT' })
  expect(await aborted.reason.promise).toMatchObject({ code: 'TIMEOUT' })
})

test.each(['query', 'mutate', 'subscribe'] as const)(
  'the signal of a %s fires at once when the client says goodbye',
  async (verb) => {
    const { url, aborted } = await startHanging({ resumeMs: 60_000 })
    const peer = await openPeer(url)
    peer.sends({ [verb]: 1, path: verb })
    await aborted.started.promise
    peer.sends({ bye: true })
    expect(await aborted.reason.promise).toMatchObject({ code: 'CONNECTION_LOST' })
    await peer.isClosedWith(1000)
  },
)

test.each(['query', 'mutate', 'subscribe'] as const)(
  'the signal of a %s fires after resumeMs when the client vanishes, not before',
  async (verb) => {
    const resumeMs = 200
    const { url, aborted } = await startHanging({ resumeMs })
    const peer = await openPeer(url)
    peer.sends({ [verb]: 1, path: verb })
    await aborted.started.promise
    const vanishedAt = performance.now()
    peer.terminate()
    expect(await aborted.reason.promise).toMatchObject({ code: 'CONNECTION_LOST' })
    expect(performance.now() - vanishedAt).toBeGreaterThan(resumeMs * 0.9)
  },
)

test('a slot counts until the handler has settled, not until it was cancelled', async () => {
  const release = gate()
  const router = t.router({
    stubborn: t.procedure.query(() => release.promise),
    quick: t.procedure.query(() => 'done'),
  })
  const { url } = await startServer({ router, limits: { maxCalls: 1 } })
  const peer = await openPeer(url)
  peer.sends([{ query: 1, path: 'stubborn' }, { cancel: 1 }, { query: 2, path: 'quick' }])
  await peer.receives({ error: 1, code: 'CANCELLED' })
  await peer.receives({ error: 2, code: 'LIMIT_EXCEEDED' })
  release.open()
  await peer.ping()
  peer.sends({ query: 3, path: 'quick' })
  await peer.receives({ ok: 3, data: 'done' })
})

test('middleware sees the parsed input, extends the context, and runs in order', async () => {
  const seen: unknown[] = []
  const router = t.router({
    get: t.procedure
      .input(v.object({ n: v.optional(v.number(), 7) }))
      .use(({ input, next }) => {
        seen.push(['first', input])
        return next({ ctx: { a: 1 } })
      })
      .use(async ({ ctx, next, path, meta }) => {
        seen.push(['second', ctx, path, meta])
        const result = await next({ ctx: { b: 2 } })
        seen.push(['after', result.output])
        return result
      })
      .meta({ role: 'reader' })
      .query(({ ctx, input }) => ({ sum: ctx.a + ctx.b + input.n })),
  })
  const { url } = await startServer({ router })
  const peer = await openPeer(url)
  peer.sends({ query: 1, path: 'get', data: {} })
  await peer.receives({ ok: 1, data: { sum: 10 } })
  expect(seen).toEqual([
    ['first', { n: 7 }],
    ['second', { a: 1 }, 'get', { role: 'reader' }],
    ['after', { sum: 10 }],
  ])
})

test('a lazy router is loaded by its first call, once', async () => {
  const load = vi.fn(async () => ({ ping: t.procedure.query(() => 'lazy') }))
  const { url } = await startServer({ router: t.router({ admin: t.lazy(load) }) })
  const peer = await openPeer(url)
  expect(load).not.toHaveBeenCalled()
  peer.sends([
    { query: 1, path: 'admin.ping' },
    { query: 2, path: 'admin.ping' },
  ])
  await peer.receives({ ok: 1, data: 'lazy' })
  await peer.receives({ ok: 2, data: 'lazy' })
  expect(load).toHaveBeenCalledOnce()
})

/** A server whose handlers wait for their signal and tell why it fired. */
async function startHanging(options: { resumeMs?: number } = {}): Promise<{
  url: string
  aborted: { started: ReturnType<typeof gate>; reason: ReturnType<typeof gate<unknown>> }
}> {
  const aborted = { started: gate(), reason: gate<unknown>() }
  const untilAborted = (signal: AbortSignal): Promise<never> => {
    aborted.started.open()
    return new Promise((_, reject) => {
      signal.addEventListener('abort', () => {
        aborted.reason.open(signal.reason)
        reject(signal.reason)
      })
    })
  }
  const router = t.router({
    query: t.procedure.query(({ signal }) => untilAborted(signal)),
    mutate: t.procedure.mutation(({ signal }) => untilAborted(signal)),
    subscribe: t.procedure.subscription(async function* ({ signal }) {
      yield await untilAborted(signal)
    }),
  })
  const { url, server } = await startServer({ router, ...options })
  server.on('handler-failed', () => {})
  return { url, aborted }
}

test('an idempotent mutation runs once for a key, whoever asks again', async () => {
  const release = gate()
  const handler = vi.fn(async () => {
    await release.promise
    return { made: handler.mock.calls.length }
  })
  const router = t.router({
    order: t.procedure
      .input(v.object({ n: v.number() }))
      .idempotent()
      .mutation(handler),
  })
  const { url } = await startServer({ router })
  const first = await openPeer(url)
  const second = await openPeer(url)
  first.sends({ mutate: 1, path: 'order', data: { n: 1 }, key: 'k' })
  await eventually(() => handler.mock.calls.length === 1)
  second.sends({ mutate: 1, path: 'order', data: { n: 1 }, key: 'k' })
  await second.ping()
  release.open()
  await first.receives({ ok: 1, data: { made: 1 } })
  await second.receives({ ok: 1, data: { made: 1 } })
  second.sends({ mutate: 2, path: 'order', data: { n: 2 }, key: 'k' })
  await second.receives({ error: 2, code: 'KEY_REUSED' })
  expect(handler).toHaveBeenCalledOnce()
})

test('a re-sent mutation is not run unless it is idempotent and the key store vouches for it', async () => {
  const plain = vi.fn(() => 1)
  const once = vi.fn(() => 2)
  const router = t.router({
    plain: t.procedure.mutation(plain),
    once: t.procedure.idempotent().mutation(once),
    again: t.procedure.idempotent({ onLost: 'rerun' }).mutation(once),
  })
  const { url } = await startServer({ router })
  const peer = await openPeer(url)
  peer.sends({ mutate: 1, path: 'plain', resend: true, key: 'a:1' })
  await peer.receives({ error: 1, code: 'CONNECTION_LOST' })
  peer.sends({ mutate: 2, path: 'once', resend: true, key: 'a:2', keys: 'another epoch' })
  await peer.receives({ error: 2, code: 'CONNECTION_LOST' })
  expect(plain).not.toHaveBeenCalled()
  expect(once).not.toHaveBeenCalled()
  peer.sends({ mutate: 3, path: 'once', resend: true, key: 'a:3', keys: peer.welcome.keys })
  await peer.receives({ ok: 3, data: 2 })
  peer.sends({ mutate: 4, path: 'again', resend: true, key: 'a:4', keys: 'another epoch' })
  await peer.receives({ ok: 4, data: 2 })
})
