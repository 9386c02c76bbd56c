import { createRandom, testSeed } from '@trunkline/testkit'
import { expect, test } from 'vitest'
import { VersionedTable } from './versioned-table.js'

interface Entry {
  readonly key: string
  readonly version: number
  readonly isRemoved?: boolean
}

test('what is newer than a version comes in the order of versions, of each key the newest', () => {
  const table = new VersionedTable<Entry>()
  for (const [version, key] of ['a', 'b', 'a', 'c', 'b'].entries()) table.set({ key, version: version + 1 })
  expect([...table.after(0)].map(({ key, version }) => key + version)).toEqual(['a3', 'c4', 'b5'])
  expect([...table.after(3)].map(({ key }) => key)).toEqual(['c', 'b'])
  expect([...table.after(5)]).toEqual([])
  expect([table.size, table.version, table.get('a')?.version]).toEqual([3, 5, 3])
})

test('an empty table has version 0', () => {
  const table = new VersionedTable<Entry>()
  table.set({ key: 'a', version: 7 })
  table.clear()
  expect([table.size, table.version, [...table.after(0)]]).toEqual([0, 0, []])
})

test('a removed entry is none, and is there for who is behind; set again it is one', () => {
  const table = new VersionedTable<Entry>(({ version }) => 10 * version)
  for (const [version, key] of ['a', 'b'].entries()) table.set({ key, version: version + 1 })
  table.set({ key: 'a', version: 3, isRemoved: true })
  expect([table.size, table.bytes, table.version, table.forgotten]).toEqual([1, 20, 3, 0])
  expect([...table.after(0)].map(({ key, version }) => key + version)).toEqual(['b2', 'a3'])
  table.set({ key: 'a', version: 4 })
  expect([table.size, table.bytes]).toEqual([2, 60])
})

test('of removals the newest 1,000 are remembered, and as many as take 1 MiB', () => {
  const many = new VersionedTable<Entry>()
  for (let version = 1; version <= 1_003; version++) many.set({ key: `k${version}`, version, isRemoved: true })
  expect([many.size, [...many.after(0)].length, many.forgotten, many.version]).toEqual([0, 1_000, 3, 1_003])
  const large = new VersionedTable<Entry>(() => 500_000)
  for (const [version, key] of ['a', 'b', 'a', 'c'].entries()) large.set({ key, version: version + 1, isRemoved: true })
  expect([[...large.after(0)].map(({ key }) => key), large.forgotten]).toEqual([['a', 'c'], 2])
  large.clear(9)
  expect([large.forgotten, large.version, [...large.after(0)]]).toEqual([9, 0, []])
})

test('agrees with a list of all changes, with holes between versions', () => {
  const random = createRandom(testSeed(import.meta.url))
  const table = new VersionedTable<Entry>()
  const changes: Entry[] = []
  for (let step = 0, version = 0; step < 2_000; step++) {
    version += random.int(1, 3)
    const entry = { key: String(random.int(0, 40)), version }
    table.set(entry)
    changes.push(entry)
    const after = random.int(0, version)
    const newest = changes.filter((each, index) => !changes.slice(index + 1).some(({ key }) => key === each.key))
    if (step % 20 === 0) expect([...table.after(after)]).toEqual(newest.filter((each) => each.version > after))
  }
})
