import { testSeed } from '@trunkline/testkit'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { CLIENT_FRAME_KINDS, hostileFrame, jsonValue } from '../../test/hostile-frame.js'
import { isClientSessionFrame } from './frame.js'
import { parseClientFrame } from './parse-client-frame.js'

const seed = testSeed(import.meta.url)

test('reads a call and leaves its payload as it is', () => {
  const data = { room: 'a' }
  const frame = parseClientFrame({ query: 7, path: 'messages.list', data })
  expect(frame).toEqual({ kind: 'query', id: 7, path: 'messages.list', resend: false, data, bytes: [] })
  expect(frame).toHaveProperty('data', data)
})

test('hands attachments on', () => {
  const bytes = [new Uint8Array([1, 2])]
  expect(parseClientFrame({ mutate: 1, path: 'upload', bytes: [2] }, bytes)).toMatchObject({ bytes })
})

test('names the member that is wrong, and what it is', () => {
  expect(parseClientFrame({ query: 1, path: 7 })).toMatchObject({
    id: 1,
    message: 'In query: `path` must be text of 1 to 256 characters, but is 7.',
  })
  expect(parseClientFrame({ sub: 1, topic: null })).toMatchObject({
    message: 'In sub: `topic` must be text of 1 to 256 characters, but is null.',
  })
})

test('shows at most 64 characters of an unknown kind', () => {
  const frame = parseClientFrame({ ['x'.repeat(100_000)]: 1 })
  expect(frame).toMatchObject({ kind: 'bad', id: 1, code: 'UNSUPPORTED' })
  expect(JSON.stringify(frame).length).toBeLessThan(200)
})

test('takes the kind that stands first when there are several', () => {
  expect(parseClientFrame({ path: 'a', token: 't', query: 1 })).toEqual({ kind: 'token', token: 't' })
  expect(parseClientFrame({ query: 1, path: 'a', token: 't' })).toMatchObject({ kind: 'query' })
})

test('reads no member out of a `__proto__` that a peer sent', () => {
  // JSON.parse makes it an own member, so nothing is inherited from it.
  expect(parseClientFrame(JSON.parse('{"query":1,"__proto__":{"path":"a"}}'))).toMatchObject({ kind: 'bad', id: 1 })
  expect(parseClientFrame(JSON.parse('{"__proto__":{"query":1,"path":"a"}}'))).toMatchObject({ kind: 'bad', id: null })
})

test('counts session frames and what it could not read, and not connection frames (P4.1)', () => {
  const counted = CLIENT_FRAME_KINDS.filter((kind) => isClientSessionFrame({ kind } as never))
  const calls = ['query', 'mutate', 'subscribe', 'cancel', 'taken']
  expect(counted).toEqual([...calls, 'publish', 'join', 'update', 'leave', 'answer', 'failure'])
  expect(isClientSessionFrame(parseClientFrame({ teleport: 1 }))).toBe(true)
})

test('never throws, whatever JSON comes', () => {
  fc.assert(
    fc.property(jsonValue(), (value) => {
      const frame = parseClientFrame(value)
      expect(typeof frame.kind).toBe('string')
    }),
    { seed, numRuns: 2_000 },
  )
})

test('never throws on frames with a wrong member, and says the id where there is one', () => {
  fc.assert(
    fc.property(hostileFrame(CLIENT_FRAME_KINDS), ({ kind, frame }) => {
      const parsed = parseClientFrame(frame)
      if (parsed.kind !== 'bad') return
      const id = frame[kind]
      const isId = typeof id === 'number' && Number.isSafeInteger(id) && id > 0
      expect(parsed.id).toBe(isId ? id : null)
      expect(parsed.code).toBe('BAD_FRAME')
      expect(parsed.message.length).toBeLessThan(300)
    }),
    { seed, numRuns: 5_000 },
  )
})
