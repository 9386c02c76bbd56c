import { expect, test } from 'vitest'
import { isPending, mergeState, putBack, startState } from './member-state.js'

const ada = startState({ name: 'Ada', typing: false })

test('merges members, and leaves what it was given as it is', () => {
  const next = mergeState(ada, { typing: true })
  expect(next.value).toEqual({ name: 'Ada', typing: true })
  expect(ada.value).toEqual({ name: 'Ada', typing: false })
})

test('puts the old value of a temporary member back, and nothing else', () => {
  const revert = {}
  const typing = mergeState(ada, { typing: true }, revert)
  const renamed = mergeState(typing, { name: 'Ada L.' })
  expect(putBack(renamed, revert)?.value).toEqual({ name: 'Ada L.', typing: false })
})

test('a member that was not there is gone again', () => {
  const revert = {}
  const next = mergeState(ada, { mood: 'good' }, revert)
  expect(putBack(next, revert)?.value).toEqual({ name: 'Ada', typing: false })
})

test('a second temporary value starts anew: the first one puts nothing back, the second the value before both', () => {
  const [first, second] = [{}, {}]
  const state = mergeState(mergeState(ada, { typing: true }, first), { typing: true }, second)
  expect(isPending(state, first)).toBe(false)
  expect(putBack(state, first)).toBeUndefined()
  expect(putBack(state, second)?.value).toEqual({ name: 'Ada', typing: false })
})

test('a lasting value ends the temporary one', () => {
  const revert = {}
  const state = mergeState(mergeState(ada, { typing: true }, revert), { typing: true })
  expect(putBack(state, revert)).toBeUndefined()
  expect(state.value).toEqual({ name: 'Ada', typing: true })
})

test('of two temporary members each has its own time', () => {
  const [first, second] = [{}, {}]
  const state = mergeState(mergeState(ada, { typing: true, name: '…' }, first), { name: '?' }, second)
  const once = putBack(state, first)
  expect(once?.value).toEqual({ name: '?', typing: false })
  expect(once && putBack(once, second)?.value).toEqual({ name: 'Ada', typing: false })
})

test('a state that is no object is replaced, and put back whole', () => {
  const revert = {}
  const busy = mergeState(startState('free'), 'busy', revert)
  expect(busy.value).toBe('busy')
  expect(putBack(busy, revert)?.value).toBe('free')
  expect(putBack(mergeState(busy, 'away'), revert)).toBeUndefined()
})

test('what replaces a state with temporary members remembers the lasting ones', () => {
  const [first, second] = [{}, {}]
  const gone = mergeState(mergeState(ada, { typing: true }, first), null, second)
  expect(gone.value).toBeNull()
  expect(putBack(gone, first)).toBeUndefined()
  expect(putBack(gone, second)?.value).toEqual({ name: 'Ada', typing: false })
})

test('dates and maps are values, not objects to merge', () => {
  const date = new Date(0)
  expect(mergeState(ada, date).value).toBe(date)
  expect(mergeState(startState(new Map()), { typing: true }).value).toEqual({ typing: true })
})
