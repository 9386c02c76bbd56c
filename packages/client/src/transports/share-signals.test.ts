import { getMaxListeners, setMaxListeners } from 'node:events'
import { expect, test } from 'vitest'
import { shareSignals } from './share-signals.js'

test('lifts the limit of a signal, wherever the options of the verb stand', () => {
  for (const args of [
    (signal: AbortSignal) => [1, { signal }],
    (signal: AbortSignal) => [{ room: 'a' }, 1, { signal }],
  ]) {
    const { signal } = new AbortController()
    shareSignals(args(signal))
    expect(getMaxListeners(signal)).toBe(Infinity)
  }
})

test('leaves alone what the app has set, what is an input, and what is no signal', () => {
  const { signal } = new AbortController()
  setMaxListeners(20, signal)
  shareSignals([undefined, { signal }])
  expect(getMaxListeners(signal)).toBe(20)
  const input = new AbortController().signal
  const before = getMaxListeners(input)
  shareSignals([{ signal: input }])
  expect(getMaxListeners(input)).toBe(before)
  shareSignals([undefined, null, 'text', { signal: 'none' }])
})
