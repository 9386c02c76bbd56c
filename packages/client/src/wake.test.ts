import { expect, onTestFinished, test } from 'vitest'
import { FREEZE, listenForWaking } from './wake.js'

test('tells when a tab becomes visible, is shown again, gets its network back or freezes, until it is stopped', () => {
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
  const told: string[] = []
  const stop = listenForWaking(({ type }) => told.push(type))
  for (const name of ['visibilitychange', 'freeze', 'pageshow', 'online', 'offline']) {
    target.dispatchEvent(new Event(name))
  }
  expect(told.splice(0)).toEqual(['visibilitychange', FREEZE, 'pageshow', 'online'])
  stop()
  for (const name of ['freeze', 'online']) target.dispatchEvent(new Event(name))
  expect(told).toEqual([])
})

test('does nothing where there is nothing to listen to', () => {
  expect(globalThis.addEventListener).toBeUndefined()
  listenForWaking(() => {})()
})
