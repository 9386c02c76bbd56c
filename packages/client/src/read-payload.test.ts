import { jsonCodec } from '@trunkline/core'
import { expect, test, vi } from 'vitest'
import { readPayload } from './read-payload.js'

test('gives what came as a value', () => {
  const [take, fail] = [vi.fn(), vi.fn()]
  readPayload(jsonCodec(), { data: { a: 1 }, meta: undefined, bytes: [] }, 'room', take, fail)
  expect(take.mock.calls).toEqual([[{ a: 1 }]])
  expect(fail).not.toHaveBeenCalled()
})

test('says whose it is where it cannot be decoded: it ran, and its result is lost (P2.12)', () => {
  const [take, fail] = [vi.fn(), vi.fn()]
  readPayload(jsonCodec(), { data: 'x', meta: { values: ['Date'] }, bytes: [] }, 'room', take, fail)
  expect(take).not.toHaveBeenCalled()
  expect(fail.mock.calls).toMatchObject([[{ code: 'RESULT_LOST', fate: 'executed', path: 'room' }]])
})

test('what the app throws when it is given a value is not taken for one that cannot be decoded', () => {
  const fail = vi.fn()
  const take = (): never => {
    throw new Error('mine')
  }
  expect(() => readPayload(jsonCodec(), { data: 1, meta: undefined, bytes: [] }, 'room', take, fail)).toThrow('mine')
  expect(fail).not.toHaveBeenCalled()
})
