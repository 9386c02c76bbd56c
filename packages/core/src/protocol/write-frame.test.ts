import { parseServerFrame } from '@trunkline/testkit'
import { expect, test } from 'vitest'
import { TrunklineError } from '../error/trunkline-error.js'
import * as write from './write-frame.js'

// What each function writes exactly is held by spec/vectors. Here is what no vector shows.

test('every text of an app is escaped', () => {
  const text = '","ok":2,"\\\u2028\n\ud800'
  expect(parseServerFrame(JSON.parse(write.writeItem(1, '', text)))).toMatchObject({ cursor: text })
  const error = new TrunklineError(text, text, { correlationId: text, issues: [{ message: text, path: [text, 0] }] })
  expect(parseServerFrame(JSON.parse(write.writeError(1, error, '')))).toMatchObject({
    code: text,
    message: text,
    correlationId: text,
    issues: [{ message: text, path: [text, 0] }],
  })
})

test('writes a fate only where it is not the usual one of the code', () => {
  expect(write.writeError(1, new TrunklineError('TIMEOUT', 'm'), '')).not.toContain('fate')
  expect(write.writeError(1, new TrunklineError('TIMEOUT', 'm', { fate: 'rejected' }), '')).toContain(
    '"fate":"rejected"',
  )
  expect(write.writeError(1, new TrunklineError('MUTED', 'm'), '')).not.toContain('fate')
  expect(write.writeError(1, new TrunklineError('MUTED', 'm', { fate: 'rejected' }), '')).toContain('fate')
})

test('never writes data, cause, path or stack of an error by itself', () => {
  const error = new TrunklineError('INTERNAL', 'm', { data: 'secret', cause: new Error('secret'), path: 'secret' })
  expect(write.writeError(1, error, '')).toBe('{"error":1,"code":"INTERNAL","message":"m"}')
  expect(write.writeClosed(1, error)).toBe('{"closed":1,"code":"INTERNAL","message":"m"}')
})
