import { createVirtualClock } from '@trunkline/testkit'
import { expect, test } from 'vitest'
import { askBroker, BROKER_TIMEOUT_MS } from './ask-broker.js'

const clock = createVirtualClock()

test('gives what the broker answers', async () => {
  expect(await askBroker(clock, async () => 7)).toBe(7)
  expect(clock.pending()).toEqual([])
})

test.each([
  { how: 'rejects', ask: () => Promise.reject(new Error('down')) },
  {
    how: 'throws',
    ask: (): Promise<never> => {
      throw new Error('down')
    },
  },
])('whatever a broker $how is BROKER_UNAVAILABLE, and no timer is left', async ({ ask }) => {
  const asked = askBroker(clock, ask)
  await expect(asked).rejects.toMatchObject({ code: 'BROKER_UNAVAILABLE', cause: { message: 'down' } })
  expect(clock.pending()).toEqual([])
})

test('a broker that does not answer is BROKER_UNAVAILABLE after its time', async () => {
  const asked = askBroker(clock, () => new Promise(() => {}))
  asked.catch(() => {})
  await clock.advance(BROKER_TIMEOUT_MS)
  await expect(asked).rejects.toMatchObject({ code: 'BROKER_UNAVAILABLE', retryAfterMs: 1_000 })
})
