import { expect, test } from 'vitest'
import { FlushedTable } from './flushed-table.js'

const BASE = { epoch: 'e', offset: 0, tag: '' }
const at = (offset: number) => ({ ...BASE, offset })

function table(...lengths: number[]): FlushedTable {
  const made = new FlushedTable()
  made.reset(BASE)
  for (const [index, length] of lengths.entries()) {
    made.push({ key: `k${index}`, offset: index + 1, tag: '', frame: 'x'.repeat(length) })
  }
  return made
}

const offsets = (page: ReturnType<FlushedTable['page']>) => page.entries.map(({ offset }) => offset)

test('gives what is newer than a position of its own, without a gap', () => {
  const page = table(1, 1, 1).page(at(1))
  expect(page).toMatchObject({ after: at(1), gap: undefined })
  expect(offsets(page)).toEqual([2, 3])
})

test('gives all of it behind a gap where the position is of another table, or of one that went back', () => {
  const made = table(1, 1)
  expect(made.page({ ...BASE, epoch: 'other', offset: 9 }).gap).toEqual({ reason: 'epoch', position: BASE })
  expect(made.page({ ...BASE, tag: 'undone' }).gap).toEqual({ reason: 'rewound', position: BASE })
  expect(offsets(made.page({ ...BASE, tag: 'undone' }))).toEqual([1, 2])
})

test('a page holds 131,072 bytes, or one entry that is larger', () => {
  expect(offsets(table(100_000, 31_072, 1).page('start'))).toEqual([1, 2])
  expect(offsets(table(200_000, 1).page('start'))).toEqual([1])
})
