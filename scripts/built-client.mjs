// Talks through the client as it is published, in which internal names are short (packages/client/internal-names.mjs):
// calls, subscriptions, topics and presence, with both codecs and over a connection that breaks.
// Run by scripts/check-packages.mjs, in a folder where the packages come from their tarballs.

import assert from 'node:assert/strict'
import { createClient } from '@trunkline/client'
import { createClient as createJsonClient } from '@trunkline/client/json'
import { jsonCodec, trunkline } from '@trunkline/core'
import { createServer } from '@trunkline/server'

/**
 * @type {{ readonly '~standard': {
 *   version: 1, vendor: string, validate(value: unknown): { value: any }, types?: { input: any, output: any }
 * } }}
 */
const any = { '~standard': { version: 1, vendor: 'check', validate: (value) => ({ value }) } }
const t = trunkline()
const router = t.router({
  room: t.topic({ event: any, delivery: 'log', retain: { events: 100 }, presence: any, clientPublish: true }),
  notes: t.topic({ event: any, delivery: 'log', snapshot: () => ['a'] }),
  prices: t.topic({ event: any, delivery: 'latest' }),
  add: t.procedure.input(any).query(({ input }) => input + 1),
  fail: t.procedure
    .errors({ NO: any })
    .idempotent()
    .mutation(({ errors }) => {
      throw errors.NO({ because: 'no' })
    }),
  wait: t.procedure.query(({ signal }) => new Promise((resolve) => signal.addEventListener('abort', resolve))),
  count: t.procedure.subscription(async function* () {
    for (let i = 1; i <= 600; i++) yield i
  }),
})

/**
 * Waits until something holds; a broken client would keep it waiting, so it gives up after ten seconds.
 *
 * @param {() => boolean} holds
 */
async function until(holds) {
  const giveUpAt = Date.now() + 10_000
  while (!holds()) {
    assert.ok(Date.now() < giveUpAt, `waited in vain until ${String(holds)}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

/**
 * @param {typeof createClient} create
 * @param {import('@trunkline/core').Codec} [codec]
 */
async function talk(create, codec) {
  const server = createServer({ router, ...(codec && { codec }), authenticate: () => ({ identity: 'ada' }) })
  const { port } = await server.listen({ port: 0, host: '127.0.0.1' })
  /** @type {import('@trunkline/client').ClientAndConnection<typeof router>} */
  const { api, connection } = create({ url: `ws://127.0.0.1:${port}`, auth: () => 'token' })
  connection.on('listener-failed', ({ error }) => assert.fail(String(error)))

  /** @type {unknown[]} */
  const events = []
  /** @type {(readonly { state: any }[])[]} */
  const lists = []
  let states = 0
  let items = 0
  const onGap = () => assert.fail('nothing is lost here')
  api.room.subscribe({}, { onEvent: (event) => events.push(event), onGap })
  api.notes.subscribe({}, { onSnapshot: () => states++, onEvent: onGap })
  api.prices.subscribe({}, { onEvent: onGap })
  const here = api.room.join({}, { name: 'Ada' })
  here.members.subscribe((members) => lists.push(members))
  api.count.subscribe(undefined, { onItem: () => items++ })

  assert.equal(await api.add.query(1), 2)
  await assert.rejects(api.fail.mutate(), { code: 'NO', data: { because: 'no' }, fate: 'executed' })
  await assert.rejects(api.wait.query(undefined, { timeoutMs: 20 }), { code: 'TIMEOUT', fate: 'maybe-executed' })
  await assert.rejects(api.wait.query(undefined, { signal: AbortSignal.timeout(20) }), { code: 'CANCELLED' })
  await api.room.publish({}, 'one')
  here.update({ name: 'Ada L.' })
  connection.reconnect()
  await api.room.publish({}, 'two')
  await until(() => items === 600 && events.length === 2 && states > 0)
  await until(() => lists.at(-1)?.[0]?.state.name === 'Ada L.')
  assert.deepEqual(events, ['one', 'two'])
  api.room.subscribe({}, { since: 'start', onEvent: (event) => events.push(event), onGap })
  await until(() => events.length === 4)
  if (!codec) {
    const message = { day: new Date(86_400_000), bytes: new Uint8Array([1, 2]) }
    await api.room.publish({}, message)
    await until(() => events.length === 6)
    assert.deepEqual(events.at(-1), message)
  }
  here.leave()
  const pending = assert.rejects(api.wait.query(), { code: 'CONNECTION_CLOSED', fate: 'maybe-executed' })
  await until(() => lists.at(-1)?.length === 0)
  connection.close()
  await pending
  await server.close()
}

await talk(createClient)
await talk(createJsonClient, jsonCodec())
