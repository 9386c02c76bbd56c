import { trunkline } from '@trunkline/core'
import * as v from 'valibot'
import { expect, test } from 'vitest'
import { createWorld } from '../../test/fake-server.js'
import { observePresence } from './presence.js'

const t = trunkline()
const router = t.router({
  room: t.topic({
    params: v.object({ room: v.string() }),
    event: v.string(),
    delivery: 'log',
    presence: v.object({ name: v.string() }),
  }),
})
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

test('those who are present together join once, and leave when the last one goes', async () => {
  const world = createWorld<typeof router>()
  await world.peer().welcomes()
  const a = observePresence(world.api.room, { room: 'a' }, () => ({ name: 'Ada' }))
  const b = observePresence(world.api.room, { room: 'a' }, () => ({ name: 'Countess' }))
  // Nothing is joined by looking, nor updated.
  a.update({ name: 'early' })
  await turn()
  expect([a.get().isPending, await world.peer().receives()]).toEqual([true, []])
  const leaves = [a.subscribe(() => {}), b.subscribe(() => {})]
  await turn()
  const sent = await world.peer().receives()
  expect(sent).toMatchObject([{ join: expect.any(Number), data: { name: 'Ada' } }, { watch: expect.any(Number) }])
  b.update({ name: 'A. L.' })
  await turn()
  expect(await world.peer().receives()).toMatchObject([{ of: sent[0]?.['join'] }])
  leaves[0]?.()
  await turn()
  expect(await world.peer().receives()).toEqual([])
  leaves[1]?.()
  await turn()
  expect((await world.peer().receives()).map((frame) => Object.keys(frame)[0])).toEqual(['leave', 'unsub'])
})

test('an update in the turn of the join is not lost', async () => {
  const world = createWorld<typeof router>()
  await world.peer().welcomes()
  const observer = observePresence(world.api.room, { room: 'a' }, () => ({ name: 'Ada' }))
  observer.update({ name: 'A. L.' })
  observer.subscribe(() => {})
  await turn()
  expect(await world.peer().receives()).toMatchObject([
    { data: { name: 'Ada' } },
    { watch: expect.any(Number) },
    { data: { name: 'A. L.' } },
  ])
})
