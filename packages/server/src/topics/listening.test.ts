import { createVirtualClock } from '@trunkline/testkit'
import { expect, test, vi } from 'vitest'
import { Listening } from './listening.js'
import { createMemoryBroker } from './memory-broker.js'

const LISTENER = { onEntry: () => {}, onEphemeral: () => {} }

test('a subscription that the broker grants after nobody waits for it any more is given back', async () => {
  const clock = createVirtualClock()
  const broker = createMemoryBroker({ clock })
  const end = vi.fn()
  let grant = (): void => {}
  vi.spyOn(broker, 'subscribe').mockReturnValue(new Promise((resolve) => (grant = () => resolve(end))))
  const listening = new Listening()
  const opening = listening.open(broker, clock, 'room?{}', LISTENER)
  listening.close()
  expect(end).not.toHaveBeenCalled()
  grant()
  await opening
  expect(end).toHaveBeenCalledOnce()
})
