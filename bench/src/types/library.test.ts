import { expect, test } from 'vitest'
import { trunkline } from './libraries/trunkline.js'
import { generateClient, generateRouter } from './library.js'

test('a router has as many procedures as asked for, ten in each sub-router', () => {
  const source = generateRouter(trunkline, 200)
  expect(source.match(/t\.procedure\.input/g)).toHaveLength(200)
  expect(source.match(/^const r\d+ = t\.router/gm)).toHaveLength(20)
})

test('a client makes 50 calls, spread over the whole router, none twice', () => {
  const paths = generateClient(trunkline, 1_000).match(/api\.r\d+\.p\d+/g) ?? []
  expect(new Set(paths).size).toBe(50)
  expect(paths.at(-1)).toBe('api.r98.p0')
})
