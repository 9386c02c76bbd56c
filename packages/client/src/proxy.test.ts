import { inspect } from 'node:util'
import { expect, test } from 'vitest'
import { createProxy } from './proxy.js'

interface Node {
  (...args: unknown[]): unknown
  readonly [name: string]: Node
}

function create(): { api: Node; calls: unknown[] } {
  const calls: unknown[] = []
  const api = createProxy((verb, path, args) => {
    calls.push([verb, path, ...args])
    return calls.length
  })
  // It has every name.
  return { api: api as Node, calls }
}

test('turns names into a path and calls its verb with the arguments', () => {
  const { api, calls } = create()
  expect(api['messages']?.['send']?.['mutate']?.({ text: 'hi' }, { timeoutMs: 1 })).toBe(1)
  expect(calls).toEqual([['mutate', 'messages.send', { text: 'hi' }, { timeoutMs: 1 }]])
})

test('a route may be called like a verb or like a method of functions', () => {
  const { api, calls } = create()
  api['query']?.['query']?.()
  api['toString']?.['valueOf']?.['query']?.()
  for (const name of ['name', 'length', 'constructor', 'apply']) api[name]?.[name]?.['query']?.()
  expect(calls).toEqual([
    ['query', 'query'],
    ['query', 'toString.valueOf'],
    ['query', 'name.name'],
    ['query', 'length.length'],
    ['query', 'constructor.constructor'],
    ['query', 'apply.apply'],
  ])
})

test('a path is the same object every time, so it can be a key or a dependency', () => {
  const { api } = create()
  expect(api['messages']?.['send']).toBe(api['messages']?.['send'])
  expect(api['messages']).not.toBe(api['rooms'])
})

test('says its path', () => {
  const { api } = create()
  expect(api['messages']?.['send']?.['~path']).toBe('messages.send')
})

test('can be awaited and inspected without a call', async () => {
  const { api, calls } = create()
  expect(await api['messages']).toBe(api['messages'])
  expect(typeof inspect(api['messages'])).toBe('string')
  expect(calls).toEqual([])
})
