import { trunkline } from '@trunkline/core'
import { createTransportPair, createVirtualClock } from '@trunkline/testkit'
import { expect, test } from 'vitest'
import { Connection } from './connection.js'
import { createServices } from './create-services.js'
import { reauthorize } from './reauthorize.js'

/** A connection of `ada` whose contexts are made when the test says so; the context is the how-manieth it is. */
async function start() {
  const clock = createVirtualClock()
  const making: (() => void)[] = []
  let made = 0
  const services = createServices(
    {
      router: trunkline().router({}),
      clock,
      authenticate: () => ({ identity: 'ada' }),
      context: () => {
        const context = ++made
        return new Promise((resolve) => making.push(() => resolve(context)))
      },
    },
    new Set(),
  )
  const finish = async (): Promise<void> => {
    await clock.settle()
    making.shift()?.()
    await clock.settle()
  }
  const pair = createTransportPair()
  const info = { id: 1, address: 'memory', request: {} as never }
  const connection = new Connection(pair.server, info, services, { authenticated: () => {}, closed: () => {} })
  pair.client.attach({ onMessage: () => {}, onClose: () => {} })
  pair.client.send(JSON.stringify({ hello: 'test/1', session: 'x'.repeat(22) }))
  await clock.settle()
  await finish()
  const { session } = connection
  if (session === undefined) throw new Error('There is no session.')
  return { clock, services, session, making, finish }
}

test('P6.15: what was granted before counts no more from the first moment on, and neither does what is granted until the context is new', async () => {
  const { services, session, finish } = await start()
  const before = session.rightsGeneration
  const done = reauthorize('ada', services)
  const during = session.rightsGeneration
  expect(during).toBeGreaterThan(before)
  expect(session.ctx).toBe(1)
  await finish()
  await done
  expect(session.ctx).toBe(2)
  expect(session.rightsGeneration).toBeGreaterThan(during)
})

test('contexts of one session are made one after the other: the one that was asked for last stays', async () => {
  const { clock, services, session, making, finish } = await start()
  const done = Promise.all([reauthorize('ada', services), reauthorize('ada', services)])
  await clock.settle()
  expect(making).toHaveLength(1)
  await finish()
  await finish()
  await done
  expect(session.ctx).toBe(3)
})
