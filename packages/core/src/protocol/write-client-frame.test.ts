import { expect, test } from 'vitest'
import { parseClientFrame } from './parse-client-frame.js'
import { writeClientFrame } from './write-client-frame.js'

// What it writes exactly is held by spec/vectors. Here is what no vector shows.

test('writes the kind first and the payload last, as the codec gave it (P2.3)', () => {
  expect(writeClientFrame({ query: 1, path: 'a.b' }, ',"data":[1]')).toBe('{"query":1,"path":"a.b","data":[1]}')
})

test('leaves out what is undefined', () => {
  expect(writeClientFrame({ query: 1, path: 'a', timeoutMs: undefined, key: undefined })).toBe('{"query":1,"path":"a"}')
})

test('every text of an app is escaped', () => {
  const text = '","query":2,"\\\u2028\n\ud800'
  const call = writeClientFrame({ subscribe: 1, path: text, key: text, keys: text, lastEventId: text, trace: text })
  expect(parseClientFrame(JSON.parse(call))).toMatchObject({
    kind: 'subscribe',
    id: 1,
    path: text,
    key: text,
    keys: text,
    lastEventId: text,
    trace: text,
  })
  const publish = writeClientFrame({ publish: 1, topic: text, params: { [text]: text }, key: text })
  expect(parseClientFrame(JSON.parse(publish))).toMatchObject({ topic: text, params: { [text]: text }, key: text })
})
