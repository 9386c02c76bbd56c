import { type Router, type Routes, trunkline } from '@trunkline/core'
import { createVirtualClock } from '@trunkline/testkit'
import { expect, test } from 'vitest'
import { RouteTable } from './routes.js'

const t = trunkline()
const ping = t.procedure.query(() => 'pong')
const topic = t.topic({ event: { '~standard': { validate: (value: unknown) => ({ value }) } }, delivery: 'ephemeral' })

test('finds procedures and topics by path, in nested objects and routers', () => {
  const routes = new RouteTable(t.router({ ping, deep: { deeper: t.router({ ping, topic }) } }))
  expect(routes.procedure('ping')).toMatchObject({ path: 'ping' })
  expect(routes.procedure('deep.deeper.ping')).toMatchObject({ path: 'deep.deeper.ping' })
  expect(routes.compiledTopic(topic).path).toBe('deep.deeper.topic')
  expect(routes.procedure('deep')).toBeUndefined()
})

test.each([
  ['a contract without a handler', { a: { b: t.procedure.query() } }, 'a.b is a contract without a handler'],
  ['something that is no route', { a: { b: 7 } }, 'a.b is a number'],
  ['a procedure that nothing ends', { a: { b: t.procedure } }, 'a.b has no end: finish it with .query(…)'],
  [
    'a path that nobody could call',
    { a: { ['b'.repeat(255)]: ping } },
    'has 257 characters: a path that can be called',
  ],
  ['a name in an object that awaiting the client would call', { a: { then: ping } }, 'In a: A route cannot be called'],
  ['a name in an object that hides another path', { a: { 'b.c': ping, b: { c: ping } } }, "In a: A route's name"],
  ['one topic at two paths', { a: topic, b: topic }, 'two paths: a and b'],
])('%s is refused with its path', (_title, routes, message) => {
  expect(() => new RouteTable(t.router(routes))).toThrow(message)
})

test('something that is no router is refused with what to do', () => {
  // As JavaScript or a wrong import would pass it.
  expect(() => new RouteTable({ ping } as unknown as Router<Routes>)).toThrow('t.router({ … })')
})

test('a topic that is not in the router cannot be published on', () => {
  const routes = new RouteTable(t.router({ ping }))
  expect(() => routes.compiledTopic(topic)).toThrow('not in the router')
})

test('the topic of a contract stands for the one that implements it', () => {
  const contract = t.router({ deep: t.router({ topic }) })
  const authorize = (): boolean => true
  const routes = new RouteTable(t.implement(contract, { deep: { topic: { authorize } } }))
  expect(routes.compiledTopic(topic)).toMatchObject({ path: 'deep.topic', definition: { authorize } })
  const twice = t.router({ a: t.implement(contract, { deep: {} }), b: t.implement(contract, { deep: { topic: {} } }) })
  expect(() => new RouteTable(twice)).toThrow('two paths: a.deep.topic and b.deep.topic')
})

test('takes what import() gives of a CommonJS module: its exports, all of them again, and marks', async () => {
  const exports = { ping, topic }
  const node = { ...exports, default: exports, 'module.exports': exports }
  const routes = new RouteTable(
    t.router({ plain: node, lazy: t.lazy(async () => ({ __esModule: true, ping, default: { ping } })) }),
  )
  expect(routes.compiledTopic(topic).path).toBe('plain.topic')
  expect(await routes.procedure('lazy.ping')).toMatchObject({ path: 'lazy.ping' })
  expect(routes.procedure('plain.default.ping')).toBeUndefined()
  expect(() => new RouteTable(t.router(node))).not.toThrow()
  // A module's own default stays what it is.
  expect(new RouteTable(t.router({ own: { default: ping } })).procedure('own.default')).toBeDefined()
})

test('a lazy router that fails to load is tried again by the next call', async () => {
  let tries = 0
  const lazy = t.lazy(async () => {
    tries += 1
    if (tries === 1) throw new Error('network')
    return { ping }
  })
  const routes = new RouteTable(t.router({ admin: lazy }))
  await expect(routes.procedure('admin.ping')).rejects.toThrow('network')
  expect(await routes.procedure('admin.ping')).toMatchObject({ path: 'admin.ping' })
})

test('a lazy router whose loader throws at once fails as one that rejects: the call, not the connection', async () => {
  const lazy = t.lazy(() => {
    throw new Error('no such module')
  })
  const routes = new RouteTable(t.router({ admin: lazy }))
  await expect(routes.procedure('admin.ping')).rejects.toThrow('no such module')
})

test('a lazy router that does not load within 30 s is given up and tried again; what comes late is taken', async () => {
  const clock = createVirtualClock()
  const loads: { resolve: (routes: Routes) => void; reject: (error: Error) => void }[] = []
  const lazy = t.lazy(() => new Promise<Routes>((resolve, reject) => loads.push({ resolve, reject })))
  const routes = new RouteTable(t.router({ admin: lazy }), undefined, clock)
  const first = Promise.resolve(routes.procedure('admin.ping'))
  const givenUp = expect(first).rejects.toMatchObject({ code: 'TIMEOUT', fate: 'rejected' })
  await clock.advance(30_000)
  await givenUp
  const second = routes.procedure('admin.ping')
  loads[0]?.reject(new Error('late'))
  await clock.settle()
  expect(routes.procedure('admin.ping')).toBeInstanceOf(Promise)
  expect(loads).toHaveLength(2)
  loads[1]?.resolve({ ping })
  expect(await second).toMatchObject({ path: 'admin.ping' })
  expect(clock.pending()).toEqual([])

  const late = new RouteTable(t.router({ admin: lazy }), undefined, clock)
  const lost = Promise.resolve(late.procedure('admin.ping')).catch(() => {})
  await clock.advance(30_000)
  await lost
  loads[2]?.resolve({ ping })
  await clock.settle()
  expect(late.procedure('admin.ping')).toMatchObject({ path: 'admin.ping' })
})
