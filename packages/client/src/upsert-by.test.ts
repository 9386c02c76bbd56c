import { expect, test } from 'vitest'
import { upsertBy } from './upsert-by.js'

const upsert = upsertBy(({ id }: { readonly id: number; readonly text: string }) => id)
const list = [
  { id: 1, text: 'a' },
  { id: 2, text: 'b' },
]

test('an item takes the place of the one with the same key, another goes to the end', () => {
  expect(upsert(list, { id: 1, text: 'c' })).toEqual([
    { id: 1, text: 'c' },
    { id: 2, text: 'b' },
  ])
  expect(upsert(list, { id: 3, text: 'c' }).map(({ id }) => id)).toEqual([1, 2, 3])
})

test('the list stays as it is, and the same item twice is the same as once', () => {
  const once = upsert(list, { id: 3, text: 'c' })
  expect(upsert(once, { id: 3, text: 'c' })).toEqual(once)
  expect(list).toHaveLength(2)
})
