import { type Position, TrunklineError, trunkline } from '@trunkline/core'
import * as v from 'valibot'
import { expect, onTestFinished, test } from 'vitest'
import { createCaller } from './caller.js'
import { createServer } from './create-server.js'
import { createMemoryBroker } from './topics/memory-broker.js'

interface Context {
  rooms: string[]
}
const t = trunkline<Context>()
let exact: Position | undefined
const notes = t.topic({
  params: v.object({ room: v.string() }),
  event: v.string(),
  delivery: 'log',
  authorize: ({ ctx, params, action }) => action === 'subscribe' && ctx.rooms.includes(params.room),
  snapshot: ({ params, position }) => {
    if (params.room === 'broken') throw new Error('secret')
    const state = [`${params.room} at ${position.offset}`]
    return exact ? { state, at: exact } : state
  },
})
const plain = t.topic({ event: v.string(), delivery: 'log' })
const pulse = t.topic({ event: v.number(), delivery: 'ephemeral' })
const router = t.router({ notes, plain, pulse })

function start(rooms: string[] = ['a', 'broken']) {
  const broker = createMemoryBroker()
  const context = { rooms }
  const server = createServer({ router, broker, context: () => context })
  onTestFinished(async () => {
    exact = undefined
    await server.close()
    await broker.close()
  })
  return { server, caller: createCaller({ router, context, broker }) }
}

test('gives the state of a topic with its position', async () => {
  const { server, caller } = start()
  const before = await caller.notes.snapshot({ room: 'a' })
  expect(before).toEqual({ state: ['a at 0'], position: { epoch: expect.any(String), offset: 0, tag: '' } })
  const position = await server.publish(notes, { room: 'a' }, 'hi')
  expect(await caller.notes.snapshot({ room: 'a' })).toEqual({ state: ['a at 1'], position })
  expect(await caller.notes.position({ room: 'a' })).toEqual(position)
})

test('a topic without a snapshot has a position', async () => {
  const { server, caller } = start()
  const position = await server.publish(plain, {}, 'hi')
  expect(await caller.plain.position({})).toEqual(position)
})

test('an exact snapshot has the position that it says', async () => {
  const { server, caller } = start()
  exact = await server.publish(notes, { room: 'a' }, 'one')
  await server.publish(notes, { room: 'a' }, 'two')
  expect(await caller.notes.snapshot({ room: 'a' })).toEqual({ state: ['a at 2'], position: exact })
})

test('whoever may not subscribe gets FORBIDDEN, and wrong params INVALID_INPUT', async () => {
  const { caller } = start(['b'])
  await expect(caller.notes.snapshot({ room: 'a' })).rejects.toMatchObject({ code: 'FORBIDDEN', fate: 'rejected' })
  await expect(caller.notes.position({ room: 'a' })).rejects.toMatchObject({ code: 'FORBIDDEN' })
  // @ts-expect-error a room is text
  await expect(caller.notes.snapshot({ room: 7 })).rejects.toMatchObject({ code: 'INVALID_INPUT' })
})

test('a snapshot that fails is INTERNAL, with the failure as its cause', async () => {
  const { caller } = start()
  const failed = caller.notes.snapshot({ room: 'broken' })
  await expect(failed).rejects.toBeInstanceOf(TrunklineError)
  await expect(failed).rejects.toMatchObject({ code: 'INTERNAL', cause: { message: 'secret' } })
})

test('says what is wrong with how it was made or asked', async () => {
  const caller = createCaller({ router, context: { rooms: ['a'] } })
  await expect(caller.notes.snapshot({ room: 'a' })).rejects.toThrow('Give createCaller `broker`')
  const untyped = start().caller as unknown as Record<string, Record<string, (params: object) => Promise<unknown>>>
  await expect(untyped['pulse']?.['position']?.({})).rejects.toThrow('pulse keeps no history')
  await expect(untyped['plain']?.['snapshot']?.({})).rejects.toThrow('plain has no snapshot')
  await expect(untyped['nothing']?.['snapshot']?.({})).rejects.toMatchObject({ code: 'NOT_FOUND' })
})
