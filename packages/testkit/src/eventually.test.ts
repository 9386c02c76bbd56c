import assert from 'node:assert/strict'
import { expect, test, vi } from 'vitest'
import { eventually } from './eventually.js'

test('resolves with what the condition gives as soon as that is truthy', async () => {
  let asked = 0
  expect(await eventually(() => (++asked === 3 ? 'here' : undefined))).toBe('here')
  expect(asked).toBe(3)
})

test('waits for conditions that take real time, and takes asynchronous ones', async () => {
  let done = false
  setTimeout(() => {
    done = true
  }, 30)
  expect(await eventually(async () => done)).toBe(true)
})

test('rejects with the message and the last error when time is up', async () => {
  const cause = new Error('not yet')
  const waiting = eventually(
    () => {
      throw cause
    },
    { timeoutMs: 5, message: 'The door' },
  )
  await expect(waiting).rejects.toMatchObject({ message: 'The door did not hold within 5 ms.', cause })
})

test('goes on while a test fakes the global timers', async () => {
  vi.useFakeTimers()
  try {
    let asked = 0
    expect(await eventually(() => ++asked > 55)).toBe(true)
  } finally {
    vi.useRealTimers()
  }
})

test('says what is wrong with a condition that asserts and returns nothing', async () => {
  const waiting = eventually(() => assert.equal(1, 1), { timeoutMs: 5 })
  await expect(waiting).rejects.toThrow('a condition that only asserts must end with `return true`')
})
