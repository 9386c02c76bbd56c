import { expect, test } from 'vitest'
import { isTrunklineErrorLike, TrunklineError } from './trunkline-error.js'

test('says its code where no message is given, and the usual fate of the code', () => {
  const error = new TrunklineError('TIMEOUT')
  expect(error).toMatchObject({ name: 'TrunklineError', code: 'TIMEOUT', message: 'TIMEOUT', fate: 'maybe-executed' })
  expect(error.data).toBeUndefined()
})

test("an app's own code means that the handler ran", () => {
  expect(new TrunklineError('MUTED', 'no', { data: { untilMs: 1 } })).toMatchObject({
    fate: 'executed',
    data: { untilMs: 1 },
  })
})

test('a given fate wins over the usual one', () => {
  expect(new TrunklineError('TIMEOUT', undefined, { fate: 'not-sent' }).fate).toBe('not-sent')
})

test('has a cause only where one was given', () => {
  const cause = new Error('below')
  expect(new TrunklineError('INTERNAL', 'm', { cause }).cause).toBe(cause)
  expect('cause' in new TrunklineError('INTERNAL')).toBe(false)
})

test('is known across copies of the package, by its members and not by its class', () => {
  class TrunklineErrorOfAnotherCopy extends Error {
    override readonly name = 'TrunklineError'
    readonly code = 'TIMEOUT'
    readonly fate = 'executed'
  }
  expect(isTrunklineErrorLike(new TrunklineError('TIMEOUT'))).toBe(true)
  expect(isTrunklineErrorLike(new TrunklineErrorOfAnotherCopy())).toBe(true)
  expect(isTrunklineErrorLike(new Error('TIMEOUT'))).toBe(false)
  expect(isTrunklineErrorLike({ name: 'TrunklineError', code: 'TIMEOUT', fate: 'executed' })).toBe(false)
  expect(isTrunklineErrorLike(undefined)).toBe(false)
})
