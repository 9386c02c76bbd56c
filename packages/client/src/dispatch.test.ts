import { expect, test, vi } from 'vitest'
import { createDispatch } from './dispatch.js'
import type { FrameHandlers } from './link.js'

const always = (): boolean => true

function start(...handlers: FrameHandlers[]): { dispatch: ReturnType<typeof createDispatch>; onNumbered: () => void } {
  const onNumbered = vi.fn()
  return { dispatch: createDispatch(() => handlers, onNumbered, undefined), onNumbered }
}

test('gives what stands under the kind, and the frame, to everyone who handles it', () => {
  const [first, second] = [vi.fn(), vi.fn()]
  const { dispatch } = start({ ok: first }, { ok: second, end: () => {} })
  dispatch('{"ok":7,"data":"hi"}', always)
  for (const taker of [first, second]) expect(taker.mock.calls).toEqual([[7, { ok: 7, data: 'hi', bytes: [] }]])
})

test('counts session frames and kinds that nobody knows, before they are handled, and no others (P4.1, P2.10)', () => {
  const { dispatch, onNumbered } = start({ ok: () => expect(onNumbered).toHaveBeenCalledOnce(), live: () => {} })
  dispatch('[{"ok":1},{"live":1}]', always)
  expect(onNumbered).toHaveBeenCalledTimes(1)
  dispatch('{"teleport":1}', always)
  expect(onNumbered).toHaveBeenCalledTimes(2)
})

test('handles nothing of a message behind the frame that ended its socket', () => {
  const seen: number[] = []
  const { dispatch } = start({ end: (id) => seen.push(id) })
  dispatch('[{"end":1},{"end":2},{"end":3}]', () => seen.length < 2)
  expect(seen).toEqual([1, 2])
})

test('throws for what is no frame, and for attachments that no codec can read (P2.12)', () => {
  const { dispatch } = start({})
  for (const message of ['7', 'null', '{}', '[[]]']) {
    expect(() => dispatch(message, always)).toThrow('A frame is an object.')
  }
  expect(() => dispatch('{', always)).toThrow(SyntaxError)
  expect(() => dispatch(new Uint8Array(8), always)).toThrow('The codec carries no bytes.')
})
