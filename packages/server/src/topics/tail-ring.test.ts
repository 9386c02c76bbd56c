import { expect, test } from 'vitest'
import type { FramedEntry } from './framed-entry.js'
import { TailRing } from './tail-ring.js'

const epoch = 'e'
const limit = { events: 100, bytes: 10_000 }
const at = (offset: number) => ({ epoch, offset, tag: offset === 0 ? '' : `t${offset}` })
const entry = (offset: number): FramedEntry => ({ offset, tag: `t${offset}`, frame: 'x'.repeat(10) })
const offsets = (entries: readonly FramedEntry[] | undefined) => entries?.map(({ offset }) => offset)

test('gives the entries after a position that it can prove, and nothing for another', () => {
  const ring = new TailRing(at(0))
  for (let offset = 1; offset <= 3; offset++) ring.push(entry(offset))

  expect(offsets(ring.after(at(1), limit))).toEqual([2, 3])
  expect(offsets(ring.after(at(3), limit))).toEqual([])
  expect(ring.after({ ...at(2), tag: 'other' }, limit)).toBeUndefined()
  expect(ring.after({ ...at(2), epoch: 'other' }, limit)).toBeUndefined()
  expect(ring.after(at(4), limit)).toBeUndefined()
})

test('holds at most so many bytes; the position before the oldest is still proved', () => {
  const ring = new TailRing(at(0), 30)
  for (let offset = 1; offset <= 200; offset++) ring.push(entry(offset))

  expect(ring.after(at(196), limit)).toBeUndefined()
  expect(offsets(ring.after(at(197), limit))).toEqual([198, 199, 200])
})

test('an entry larger than the ring leaves it empty but right', () => {
  const ring = new TailRing(at(0), 5)
  ring.push(entry(1))

  expect(offsets(ring.after(at(1), limit))).toEqual([])
  expect(ring.after(at(0), limit)).toBeUndefined()
})

test('counts back from its end, and to before the first event of all', () => {
  const ring = new TailRing(at(0))
  for (let offset = 1; offset <= 3; offset++) ring.push(entry(offset))
  expect(ring.before(2)).toEqual(at(1))
  expect(ring.before(100)).toEqual(at(0))

  const later = new TailRing(at(5))
  later.push(entry(6))
  expect(later.before(1)).toEqual(at(5))
  expect(later.before(2)).toBeUndefined()
})

test('takes in front as much of a page as joins it and has room', () => {
  const ring = new TailRing(at(5), 50)
  ring.push(entry(6))

  ring.prepend(at(1), [2, 3, 4, 5, 6, 7].map(entry))
  expect(offsets(ring.after(at(1), limit))).toEqual([2, 3, 4, 5, 6])

  ring.prepend(at(0), [entry(1)])
  expect(ring.after(at(0), limit)).toBeUndefined()
})

test('takes nothing in front that is of another history or does not reach it', () => {
  const ring = new TailRing(at(5))
  ring.prepend(at(1), [2, 3].map(entry))
  ring.prepend(at(3), [entry(4), { ...entry(5), tag: 'other' }])
  ring.prepend({ ...at(3), epoch: 'other' }, [4, 5].map(entry))

  expect(ring.after(at(3), limit)).toBeUndefined()
  expect(ring.after(at(4), limit)).toBeUndefined()
})
