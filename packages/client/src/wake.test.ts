import { expect, onTestFinished, test } from 'vitest'
import { listenForWaking } from './wake.js'

test('tells when a tab becomes visible, is shown again or gets its network back, until it is stopped', () => {
  const target = new EventTarget()
  // Node's global object is no event target, a browser's is.
  Object.assign(globalThis, {
    addEventListener: target.addEventListener.bind(target),
    removeEventListener: target.removeEventListener.bind(target),
  })
  onTestFinished(() => {
    Reflect.deleteProperty(globalThis, 'addEventListener')
    Reflect.deleteProperty(globalThis, 'removeEventListener')
  })
  let woken = 0
  const stop = listenForWaking(() => {
    woken += 1
  })
  for (const name of ['visibilitychange', 'pageshow', 'online', 'offline']) target.dispatchEvent(new Event(name))
  expect(woken).toBe(3)
  stop()
  target.dispatchEvent(new Event('online'))
  expect(woken).toBe(3)
})

test('does nothing where there is nothing to listen to', () => {
  expect(globalThis.addEventListener).toBeUndefined()
  listenForWaking(() => {})()
})
