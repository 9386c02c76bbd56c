import { type Position, trunkline } from '@trunkline/core'
import * as v from 'valibot'
import { expect, test } from 'vitest'
import { createWorld } from '../test/fake-server.js'
import { reduceTopic } from './reduce-topic.js'

const t = trunkline()
const router = t.router({ notes: t.topic({ event: v.string(), delivery: 'log', snapshot: () => ['a'] }) })
const at = (offset: number): Position => ({ epoch: 'e', offset, tag: `t${offset}` })

test('goes on from a state with its position: no snapshot is asked for, and each state has its place', async () => {
  const world = createWorld<typeof router>()
  await world.peer().welcomes()
  const states: string[] = []
  const notes = reduceTopic(world.api.notes, {}, (state, note) => [...state, note], {
    initial: { state: ['x'], position: at(7) },
    onState: (state, position) => states.push(`${state.join()} at ${position?.offset}`),
  })
  expect([notes.state(), states]).toEqual([['x'], []])
  expect(await world.peer().receives()).toMatchObject([{ sub: 1, since: at(7) }])
  await world
    .peer()
    .sends([
      { subbed: 1, as: 3, position: at(7), behind: 1 },
      { event: 3, offset: 8, tag: 't8', data: 'y' },
      { live: 3 },
    ])
  expect(states).toEqual(['x,y at 8'])
  // Where it cannot be continued, a snapshot takes its place.
  await world.peer().sends([{ behind: 3 }, { snapshot: 3, position: at(2), data: ['z'] }, { live: 3 }])
  expect(states).toEqual(['x,y at 8', 'z at 2'])
  notes.unsubscribe()
})
