/** Clauses of the protocol about what a client does that no session shows. */
import { createClient } from '@trunkline/client'
import { trunkline } from '@trunkline/core'
import { eventually, type RawConnection, startRawServer } from '@trunkline/testkit'
import * as v from 'valibot'
import { expect, onTestFinished, test } from 'vitest'

const t = trunkline()
const lobby = t.topic({
  event: v.number(),
  delivery: 'ephemeral',
  presence: v.object({ name: v.string(), typing: v.boolean() }),
})
const other = t.topic({ event: v.number(), delivery: 'ephemeral' })
const router = t.router({ echo: t.procedure.input(v.unknown()).query(({ input }) => input), lobby, other })

const settings = {
  keys: 'k',
  resumeMs: 10_000,
  heartbeat: { intervalMs: 15_000, timeoutMs: 10_000 },
  limits: { maxMessageBytes: 262_144, maxCalls: 256, maxSubscriptions: 128 },
}

test.each([
  ['is too deep', `${'['.repeat(65)}${']'.repeat(65)}`, ''],
  ['has a reserved key', '{"constructor":1}', ''],
  ['has not the form of its type', '7', ',"meta":{"values":["Date"],"v":1}'],
])('P2.7, P12.6: an answer whose payload %s fails its call alone', async (_title, data, meta) => {
  const { api, accepts } = await start()
  const answers = [api.echo.query(1), api.echo.query(2)]
  const peer = await accepts()
  await peer.receives({ query: 1 })
  await peer.receives({ query: 2 })
  peer.sends(`[{"ok":1,"data":${data}${meta}},{"ok":2,"data":2}]`)
  await expect(answers[0]).rejects.toMatchObject({ code: 'RESULT_LOST', fate: 'executed' })
  expect(await answers[1]).toBe(2)
})

test.each([
  ['text that is no JSON', '{"ok":'],
  ['a binary message that is shorter than its header', new Uint8Array([0, 0, 0, 9, 123])],
  ['a binary message whose header is not UTF-8', new Uint8Array([0, 0, 0, 2, 0xff, 0xfe])],
  ['a frame that is no object', '[7]'],
])('P2.8, P12.6: %s closes the connection with BAD_MESSAGE', async (_title, message) => {
  const { connection, accepts } = await start()
  connection.connect().catch(() => {})
  const peer = await accepts()
  peer.sends(message)
  await peer.isClosedWith(4400)
  await eventually(() => connection.status.state === 'closed')
})

test('P3.6: a client that hears nothing pings, also while it sends', async () => {
  const { api, accepts } = await start()
  const answer = api.echo.query(1)
  const peer = await accepts({ heartbeat: { intervalMs: 50, timeoutMs: 20_000 } })
  await peer.receives({ query: 1 })
  const tick = setInterval(() => void api.echo.query(2).catch(() => {}), 10)
  onTestFinished(() => clearInterval(tick))
  await eventually(() => peer.messages.join().includes('{"ping":0}'))
  peer.sends({ ok: 1, data: 1 })
  expect(await answer).toBe(1)
})

test('P4.6, P6.7: on another connection it asks again for what it follows, and not for what was closed', async () => {
  const { api, connection, accepts } = await start()
  api.lobby.subscribe({}, { onEvent: () => {} })
  api.other.subscribe({}, { onEvent: () => {} })
  api.lobby.presence({}).subscribe(() => {})
  const first = await accepts()
  const asked = [await first.receives(), await first.receives(), await first.receives()] as Record<string, number>[]
  const idOf = (kind: string, topic: string): number | undefined =>
    asked.find((frame) => kind in frame && Object.values(frame).some((value) => String(value) === topic))?.[kind]
  first.sends([
    { subbed: idOf('sub', 'lobby'), as: 1 },
    { closed: idOf('sub', 'other'), code: 'BROKER_UNAVAILABLE', message: '' },
    { watched: idOf('watch', 'lobby'), as: 1, version: 0, count: 0, members: [] },
  ])
  await first.ping()
  first.terminate()
  const second = await accepts({ resumed: true })
  const again = [await second.receives(), await second.receives()].map((frame) => Object.keys(frame as object)[0])
  expect(again.sort()).toEqual(['sub', 'watch'])
  expect(await second.ping()).toEqual([])
  expect(connection.status.state).toBe('open')
})

test('P6.4: a number of events and the same number of members have nothing to do with each other', async () => {
  const { api, accepts } = await start()
  const events: unknown[] = []
  const members: unknown[] = []
  api.other.subscribe({}, { onEvent: (event) => events.push(event) })
  const first = await accepts()
  await first.receives({ sub: 1, topic: 'other' })
  api.lobby.presence({}).subscribe((list) => members.push(list.map(({ identity }) => identity)))
  await first.receives({ watch: 2, topic: 'lobby' })
  first.sends([
    { subbed: 1, as: 4 },
    { watched: 2, as: 4, version: 0, count: 0, members: [] },
  ])
  first.sends({ event: 4, data: 7 })
  first.sends({ member: 4, version: 1, count: 1, identity: 'ada', data: { name: 'Ada', typing: false } })
  await eventually(() => String(members.at(-1)) === 'ada')
  expect(events).toEqual([7])
})

test('P5.14: on a fresh session it joins with what its updates made, but for those that revert', async () => {
  const { api, accepts } = await start()
  const joined = api.lobby.join({}, { name: 'Ada', typing: false })
  const first = await accepts()
  await first.receives({ join: 1, data: { name: 'Ada', typing: false } })
  joined.update({ name: 'Ada L.' })
  await first.receives({ update: 2, of: 1 })
  first.sends([{ ok: 1 }, { ok: 2 }])
  joined.update({ typing: true }, { revertAfterMs: 60_000 })
  await first.receives({ update: 3, of: 1, revertAfterMs: 60_000 })
  first.sends({ ok: 3 })
  await first.ping()
  first.terminate()
  const second = await accepts({ welcome: 'b'.repeat(22) })
  expect(await second.receives({ join: () => true })).toMatchObject({ data: { name: 'Ada L.', typing: false } })
  expect(await second.ping()).toEqual([])
})

test('P11.3: an identity that was revoked does not come back by itself', async () => {
  const { connection, accepts, raw } = await start()
  connection.connect().catch(() => {})
  const peer = await accepts()
  await eventually(() => connection.status.state === 'open')
  peer.closes(4403)
  await eventually(() => connection.status.state === 'closed')
  expect(connection.status.reason).toBe('REVOKED')
  expect(raw.handshakes).toBe(1)
})

/** A client of a server that says what the test says, behind its `welcome`. */
async function start() {
  const raw = await startRawServer({ ignores: isAckOrPing })
  onTestFinished(() => raw.close())
  const client = createClient<typeof router>({ url: raw.url, reconnect: { baseMs: 1 } })
  onTestFinished(() => client.connection.close())
  const accepts = async (welcome: object = {}): Promise<RawConnection> => {
    const peer = await raw.accepts()
    const hello = (await peer.receives({ hello: () => true })) as { session: string }
    peer.sends({ welcome: hello.session, resumed: false, received: 0, ...settings, ...welcome })
    return peer
  }
  return { ...client, raw, accepts }
}

function isAckOrPing(frame: unknown): boolean {
  return typeof frame === 'object' && frame !== null && ('ack' in frame || 'ping' in frame)
}
