import { expect, test } from 'vitest'
import { systemClock } from './system-clock.js'

test('tells milliseconds since the Unix epoch and never goes back', () => {
  const first = systemClock.now()
  expect(Math.abs(first - Date.now())).toBeLessThan(60_000)
  for (let n = 0; n < 1_000; n++) expect(systemClock.now()).toBeGreaterThanOrEqual(first)
})

test('runs a callback later, unless it is cancelled', async () => {
  const ran: string[] = []
  const cancel = systemClock.schedule(() => ran.push('cancelled'), 0)
  cancel()
  await new Promise<void>((resolve) => systemClock.schedule(resolve, 1))
  expect(ran).toEqual([])
})
