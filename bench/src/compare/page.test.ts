import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { countVariants, pages, updatePage } from '../../scripts/compare-page.mjs'

test('takes fewer lines than each peer', () => {
  const [trunkline, ...peers] = countVariants()
  expect(trunkline?.title).toBe('Trunkline')
  expect(peers.map(({ title }) => title)).toEqual(['oRPC', 'tRPC'])
  for (const peer of peers) expect(peer.all).toBeGreaterThan(trunkline?.all ?? Number.POSITIVE_INFINITY)
})

test.each(pages)('%s shows the files and the figures as they are: `node bench/scripts/compare.mjs --write`', (file) => {
  const page = readFileSync(file, 'utf8')
  expect(page).toBe(updatePage(page))
  expect(page).toMatch(/^\/\/ (trunkline\/server|beside\/notes)\.ts$/m)
})
