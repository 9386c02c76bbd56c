import { expect, test } from 'vitest'
import { findGap, type HistoryView, locate } from './prove-position.js'

const epoch = 'e1'
/** A history of which entries 4 to 6 are kept; tags are `t` and the offset. */
const view: HistoryView = {
  top: { epoch, offset: 6, tag: 't6' },
  oldest: 4,
  goneBy: 'trimmed',
  tagAt: (offset) => (offset === 0 ? '' : `t${offset}`),
}

test.each([
  ['at the top', 6],
  ['at an entry that is kept', 5],
  ['before the oldest entry, which names its tag', 3],
])('a position %s is proved by its tag (P7.4)', (_where, offset) => {
  expect(findGap({ epoch, offset, tag: `t${offset}` }, view)).toBeUndefined()
})

test.each([
  ['of another epoch', { epoch: 'e0', offset: 5, tag: 't5' }, { reason: 'epoch', position: view.top }],
  ['beyond the top', { epoch, offset: 7, tag: 't7' }, { reason: 'rewound', position: view.top }],
  ['at the top with another tag', { epoch, offset: 6, tag: 'x' }, { reason: 'rewound', position: view.top }],
  ['before the oldest with another tag', { epoch, offset: 3, tag: 'x' }, { reason: 'rewound', position: view.top }],
  [
    'before what is kept',
    { epoch, offset: 1, tag: 't1' },
    { reason: 'trimmed', missed: 2, position: { epoch, offset: 3, tag: 't3' } },
  ],
])('a position %s is a gap (P7.5)', (_which, position, gap) => {
  expect(findGap(position, view)).toEqual(gap)
})

test('where age let the events go the gap says expired, and with nothing kept it continues at the top', () => {
  const empty: HistoryView = { ...view, oldest: 7, goneBy: 'expired' }

  expect(findGap({ epoch, offset: 2, tag: 't2' }, empty)).toEqual({ reason: 'expired', missed: 4, position: view.top })
  expect(findGap({ epoch, offset: 6, tag: 't6' }, empty)).toBeUndefined()
})

test('start and { last } begin within what is kept and are never a gap', () => {
  const before = (offset: number) => ({ after: { epoch, offset, tag: `t${offset}` }, gap: undefined })

  expect(locate('start', view)).toEqual(before(3))
  expect(locate({ last: 2 }, view)).toEqual(before(4))
  expect(locate({ last: 100 }, view)).toEqual(before(3))
  expect(locate({ last: 0 }, view)).toEqual(before(6))
})
