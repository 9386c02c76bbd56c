import { getEventListeners } from 'node:events'
import { createClient } from '@trunkline/client'
import { trunkline } from '@trunkline/core'
import { createServer } from '@trunkline/server'
import { eventually } from '@trunkline/testkit'
import * as v from 'valibot'
import { expect, onTestFinished, test } from 'vitest'

const t = trunkline()
const router = t.router({
  echo: t.procedure.input(v.number()).query(({ input }) => input),
  count: t.procedure.subscription(async function* ({ signal }) {
    for (let n = 0; !signal.aborted; n++) yield n
  }),
  room: t.topic({ params: v.object({ room: v.string() }), event: v.number(), delivery: 'ephemeral' }),
})

test('one signal for all that a service does: no warning, and nothing is left on it of what is over', async () => {
  const warnings: Error[] = []
  const onWarning = (warning: Error): void => void warnings.push(warning)
  process.on('warning', onWarning)
  onTestFinished(() => void process.off('warning', onWarning))
  const server = createServer({ router })
  onTestFinished(() => server.close())
  const { port } = await server.listen()
  const { api, connection } = createClient<typeof router>({ url: `ws://127.0.0.1:${port}` })
  onTestFinished(() => connection.close())
  const controller = new AbortController()
  const { signal } = controller
  const listeners = (): number => getEventListeners(signal, 'abort').length

  for (let round = 0; round < 50; round++) {
    const calls = Array.from({ length: 50 }, (_, n) => api.echo.query(n, { signal }))
    const rooms = Array.from({ length: 20 }, (_, n) =>
      api.room.subscribe({ room: `${n}` }, { onEvent: () => {}, signal }),
    )
    const stream = api.count.subscribe(undefined, { onItem: () => {}, signal })
    expect(listeners()).toBe(71)
    for await (const _ of api.count.subscribe(undefined, { signal })) break
    expect(await Promise.all(calls)).toEqual(Array.from({ length: 50 }, (_, n) => n))
    for (const room of rooms) room.unsubscribe()
    stream.unsubscribe()
    expect(listeners()).toBe(0)
  }

  const rooms = Array.from({ length: 20 }, (_, n) =>
    api.room.subscribe({ room: `${n}` }, { onEvent: () => {}, signal }),
  )
  const streams = Array.from({ length: 20 }, () => api.count.subscribe(undefined, { onItem: () => {}, signal }))
  await eventually(() => [...rooms, ...streams].every((each) => each.status() === 'live'))
  controller.abort()
  expect([...rooms, ...streams].filter((each) => each.status() !== 'closed')).toEqual([])
  expect(listeners()).toBe(0)
  await eventually(() => server.metrics().subscriptions === 0)
  expect(warnings).toEqual([])
})
