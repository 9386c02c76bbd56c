import { expect, test } from 'vitest'
import { isLazyRouter, isRouter } from './router.js'
import { trunkline } from './trunkline.js'

const t = trunkline()
const ping = t.procedure.query(() => 'pong')

test('keeps its routes as they are', () => {
  const routes = { ping, nested: { ping } }
  const router = t.router(routes)
  expect(isRouter(router)).toBe(true)
  expect(router['~routes']).toBe(routes)
})

test('declaring reads no route, so modules may import each other in a circle', () => {
  const routes = {
    get late(): typeof ping {
      throw new Error('was read')
    },
  }
  expect(() => t.router(routes)).not.toThrow()
})

test('a lazy router is not loaded before it is used', async () => {
  let loads = 0
  const lazy = t.lazy(async () => {
    loads += 1
    return { ping }
  })
  const router = t.router({ admin: lazy })
  expect(isLazyRouter(router['~routes'].admin)).toBe(true)
  expect(loads).toBe(0)
  await expect(lazy['~load']()).resolves.toEqual({ ping })
})

test.each([
  ['then', 'A route cannot be called `then`'],
  ['', "A route's name is not empty"],
  ['a.b', "A route's name is not empty, has no dot"],
  ['~types', 'no leading ~'],
])('refuses a route called %j', (name, message) => {
  const routes: object = { [name]: ping }
  expect(() => t.router(routes)).toThrow(message)
})

test('a route may have any other name, also one of an object’s own members', () => {
  const routes = Object.fromEntries(['__proto__', 'constructor', 'toString', 'ünï'].map((name) => [name, ping]))
  expect(() => t.router(routes)).not.toThrow()
})

test('other values are no routers', () => {
  for (const other of [null, undefined, 'text', {}, ping]) {
    expect(isRouter(other)).toBe(false)
    expect(isLazyRouter(other)).toBe(false)
  }
})
