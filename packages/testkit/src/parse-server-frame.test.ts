import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseServerFrame } from './parse-server-frame.js'
import { testSeed } from './test-seed.js'

const seed = testSeed(import.meta.url)

test('reads an answer and leaves its payload as it is', () => {
  const data = { n: 1 }
  const frame = parseServerFrame({ ok: 7, data })
  expect(frame).toEqual({ kind: 'ok', id: 7, data, bytes: [] })
  expect(frame).toHaveProperty('data', data)
})

test('says which call a frame belongs to that it cannot read, so that the call need not wait', () => {
  expect(parseServerFrame({ item: 4, cursor: 7 })).toEqual({
    kind: 'bad',
    id: 4,
    code: 'BAD_FRAME',
    message: 'In item: `cursor` is not what it must be.',
  })
})

test('gives no id that cannot be one', () => {
  for (const id of [0, -1, 1.5, 2 ** 53, '1', null]) expect(parseServerFrame({ ok: id })).toMatchObject({ id: null })
})

test('takes an error without a message, and leaves out a fate and issues that it does not know', () => {
  expect(parseServerFrame({ error: 1, code: 'X', message: 7, fate: 'gone', issues: 'many' })).toMatchObject({
    kind: 'error',
    code: 'X',
    message: '',
    fate: undefined,
    issues: undefined,
  })
})

test('never throws, whatever JSON comes', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(typeof parseServerFrame(value).kind).toBe('string')
    }),
    { seed, numRuns: 2_000 },
  )
})
