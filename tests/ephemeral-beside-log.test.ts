import { createClient } from '@trunkline/client'
import { trunkline } from '@trunkline/core'
import { createFaultProxy, eventually } from '@trunkline/testkit'
import * as v from 'valibot'
import { expect, onTestFinished, test } from 'vitest'
import { createJudge } from './support/judge.js'
import { startServer } from './support/open-peer.js'

const t = trunkline()
const room = t.topic({ event: v.string(), delivery: 'log' })
const router = t.router({ room })

test('an ephemeral event on a log topic reaches who listens, is not kept, and does not move the place of anyone', async () => {
  const judge = await createJudge('room?{}', (event: string) => event)
  const { server, port } = await startServer({ router, broker: judge.broker })
  const proxy = await createFaultProxy({ targetPort: port })
  onTestFinished(() => proxy.close())
  const { api, connection } = createClient<typeof router>({ url: proxy.url, reconnect: { baseMs: 1, capMs: 5 } })
  onTestFinished(() => connection.close())
  const seen: string[] = []
  let status = ''
  const recorder = judge.recorder('Ada', 'now', { isEphemeral: (event) => event.startsWith('wave') })
  api.room.subscribe({}, recorder.callbacks)
  api.room.subscribe(
    {},
    {
      onEvent: (event, { offset }) => seen.push(`${event} at ${offset}`),
      onGap: (gap) => seen.push(`gap ${gap.reason}`),
      onStatus: (next) => {
        status = next
      },
    },
  )
  await eventually(() => status === 'live')
  expect(await server.publish(room, {}, 'one')).toMatchObject({ offset: 1 })
  expect(await server.publish(room, {}, 'wave', { ephemeral: true })).toBeUndefined()
  await eventually(() => seen.length === 2)

  // Its place is still behind `one`: what is published while it is away is not missed.
  proxy.refuse(true)
  proxy.cutAll()
  await eventually(() => status === 'stale')
  await server.publish(room, {}, 'two')
  await server.publish(room, {}, 'wave that is lost on the way, as it may be', { ephemeral: true })
  proxy.refuse(false)
  await eventually(() => seen.length === 3)
  expect(seen).toEqual(['one at 1', 'wave at 1', 'two at 2'])
  expect(await judge.findings()).toBe('')
  // Negative control: one that comes again is noticed.
  recorder.callbacks.onEvent('wave', undefined)
  expect(await judge.findings()).toMatch(/^duplicate: Ada on room/)
})
