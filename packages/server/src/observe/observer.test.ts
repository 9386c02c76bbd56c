import { expect, test, vi } from 'vitest'
import { Observer } from './observer.js'

test('a listener that throws is reported, and harms nobody', () => {
  const report = vi.spyOn(console, 'error').mockReturnValue()
  const observer = new Observer()
  const bug = new Error('bug')
  observer.events.on('stale', () => {
    throw bug
  })
  expect(() => observer.emit('stale', { stale: true })).not.toThrow()
  expect(report).toHaveBeenCalledWith(expect.stringContaining("a listener of 'stale' threw"), bug)
})

test('a failure of a handler goes to the console where nobody listens, and only there', () => {
  const report = vi.spyOn(console, 'error').mockReturnValue()
  const observer = new Observer()
  const error = new Error('secret')
  observer.handlerFailed('a.b', 'ada', 'id-1', error)
  expect(report).toHaveBeenCalledExactlyOnceWith(expect.stringContaining('a.b failed (correlation id id-1)'), error)
  const listener = vi.fn()
  observer.events.on('handler-failed', listener)
  observer.handlerFailed('a.b', 'ada', 'id-2', error)
  expect(listener).toHaveBeenCalledExactlyOnceWith({ path: 'a.b', identity: 'ada', correlationId: 'id-2', error })
  expect(report).toHaveBeenCalledOnce()
  expect(observer.counters.handlersFailed).toBe(2)
})
