import { expect, onTestFinished, test, vi } from 'vitest'
import { createEmitter, type ListenerFailure } from './emitter.js'

test('calls listeners in the order they were added, until they are removed', () => {
  const { on, emit } = createEmitter()
  const heard: string[] = []
  const stop = on('changed', ({ state }) => heard.push(`first ${state}`))
  on('changed', ({ state }) => heard.push(`second ${state}`))
  emit('changed', { state: 'open' })
  stop()
  emit('changed', { state: 'closed' })
  expect(heard).toEqual(['first open', 'second open', 'second closed'])
})

test('one function added twice is called twice and removed once', () => {
  const { on, emit } = createEmitter()
  let calls = 0
  const listener = (): void => {
    calls += 1
  }
  const stop = on('changed', listener)
  on('changed', listener)
  emit('changed', { state: 'open' })
  expect(calls).toBe(2)
  stop()
  emit('changed', { state: 'open' })
  expect(calls).toBe(3)
})

test('a listener that throws is reported and harms nobody', () => {
  const { on, emit } = createEmitter()
  const failures: ListenerFailure[] = []
  const problem = new Error('mine')
  let reached = false
  on('listener-failed', (failure) => failures.push(failure))
  on('changed', () => {
    throw problem
  })
  on('changed', () => {
    reached = true
  })
  emit('changed', { state: 'open' })
  expect(reached).toBe(true)
  expect(failures).toEqual([{ error: problem, path: 'changed' }])
})

test('a listener that throws is printed where nobody listens to listener-failed', () => {
  const { on, guard } = createEmitter()
  const printed = vi.spyOn(console, 'error').mockImplementation(() => {})
  onTestFinished(() => printed.mockRestore())
  const problem = new Error('mine')
  const fail = (): void => {
    throw problem
  }
  guard('room', fail)
  expect(printed.mock.calls).toEqual([['trunkline: room', problem]])

  const stop = on('listener-failed', () => {})
  guard('room', fail)
  expect(printed).toHaveBeenCalledTimes(1)
  stop()
  guard('room', fail)
  expect(printed).toHaveBeenCalledTimes(2)
})

test('a listener of listener-failed that throws does not go round in circles', () => {
  const printed = vi.spyOn(console, 'error').mockImplementation(() => {})
  onTestFinished(() => printed.mockRestore())
  const { on, guard } = createEmitter()
  let calls = 0
  on('listener-failed', () => {
    calls += 1
    throw new Error('again')
  })
  guard('room', () => {
    throw new Error('mine')
  })
  expect(calls).toBe(1)
  expect(printed).toHaveBeenCalledTimes(1)
})

test('guard calls a function of the app with its arguments, and nothing where there is none', () => {
  const { guard } = createEmitter()
  const got: unknown[] = []
  guard('room', (...values: unknown[]) => got.push(...values), 1, 2)
  guard('room', undefined)
  expect(got).toEqual([1, 2])
})
