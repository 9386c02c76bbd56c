import { TrunklineError } from '@trunkline/core'
import { expect, test } from 'vitest'
import { safe } from './safe.js'

test('gives the outcome of a call as a value', async () => {
  expect(await safe(Promise.resolve(7))).toEqual({ ok: true, data: 7 })
  const error = new TrunklineError('MUTED', undefined, { data: { untilMs: 1 } })
  expect(await safe(Promise.reject(error))).toEqual({ ok: false, error })
})

test('gives an error of another copy of the package as it is', async () => {
  const foreign = Object.assign(new Error('x'), { name: 'TrunklineError', code: 'TIMEOUT', fate: 'maybe-executed' })
  expect((await safe(Promise.reject(foreign))).error).toBe(foreign)
})

test('what is no TrunklineError becomes INTERNAL with its cause', async () => {
  const cause = new RangeError('not ours')
  expect((await safe(Promise.reject(cause))).error).toMatchObject({ code: 'INTERNAL', cause })
})
