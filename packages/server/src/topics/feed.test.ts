import { expect, test } from 'vitest'
import { createTopicHarness, defineTopic } from './testing/topic-harness.js'

test('what a throttle holds when the table goes back is not handed out behind the gap', async () => {
  const { subscribe, publish, broker, clock, close } = createTopicHarness(
    defineTopic({ delivery: 'latest', isKeyed: true, throttle: { perSecond: 1 } }),
  )
  await publish('m1', { key: 'a' })
  const client = await subscribe()
  await publish('m2', { key: 'b' })
  await clock.settle()
  // Held for a second, and undone meanwhile.
  await publish('m3', { key: 'c' })
  await clock.settle()
  expect(client.ids()).toEqual(['m1', 'm2'])
  broker.rewriteTable = (table) => ({
    ...table,
    version: 2,
    entries: table.entries.filter(({ version }) => version <= 2),
  })
  broker.setState('stale')
  broker.setState('proved')
  await clock.advance(5_000)
  expect(client.subscription(1).gaps).toMatchObject([{ reason: 'rewound' }])
  expect(client.ids()).not.toContain('m3')
  expect(client.ids().slice(-2)).toEqual(['m1', 'm2'])
  // What it is given now differs from what was set.
  await close({ isSabotaged: true })
})
