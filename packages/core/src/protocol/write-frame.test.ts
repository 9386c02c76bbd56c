import { expect, test } from 'vitest'
import { TrunklineError } from '../error/trunkline-error.js'
import { parseClientFrame } from './parse-client-frame.js'
import { parseServerFrame } from './parse-server-frame.js'
import * as write from './write-frame.js'

// What each function writes exactly is held by spec/vectors. Here is what no vector shows.

test('writes a call with its payload in the middle, as the codec gave it', () => {
  expect(write.writeCall('query', 1, 'a.b', ',"data":[1]', {})).toBe('{"query":1,"path":"a.b","data":[1]}')
})

test('leaves out the default time left, and writes any other', () => {
  expect(write.writeCall('query', 1, 'a', '', { timeoutMs: 30_000 })).toBe('{"query":1,"path":"a"}')
  expect(write.writeCall('query', 1, 'a', '', { timeoutMs: 29_999 })).toBe('{"query":1,"path":"a","timeoutMs":29999}')
})

test('writes `resend` only where it is true', () => {
  expect(write.writeCall('mutate', 1, 'a', '', { resend: false })).toBe('{"mutate":1,"path":"a"}')
})

test('every text of an app is escaped', () => {
  const text = '","query":2,"\\\u2028\n\ud800'
  const call = write.writeCall('subscribe', 1, text, '', { key: text, keys: text, lastEventId: text, trace: text })
  expect(parseClientFrame(JSON.parse(call))).toMatchObject({
    kind: 'subscribe',
    id: 1,
    path: text,
    key: text,
    keys: text,
    lastEventId: text,
    trace: text,
  })
  expect(parseClientFrame(JSON.parse(write.writePublish(1, text, { [text]: text }, '', text)))).toMatchObject({
    topic: text,
    params: { [text]: text },
    key: text,
  })
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
