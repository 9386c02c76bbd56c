import { expect, test, vi } from 'vitest'
import { testSeed } from './test-seed.js'

test('takes the seed of TRUNKLINE_SEED and prints the command that replays it', () => {
  vi.stubEnv('TRUNKLINE_SEED', '42')
  const log = vi.spyOn(console, 'log').mockImplementation(() => {})
  expect(testSeed(`file://${process.cwd()}/tests/drops.test.ts`)).toBe(42)
  expect(log).toHaveBeenCalledExactlyOnceWith(
    'seed 42; again with: TRUNKLINE_SEED=42 npx vitest run tests/drops.test.ts',
  )
})

test('makes a seed up when none is given', () => {
  vi.stubEnv('TRUNKLINE_SEED', undefined)
  const log = vi.spyOn(console, 'log').mockImplementation(() => {})
  const seed = testSeed()
  expect(Number.isInteger(seed) && seed >= 0 && seed < 2 ** 32).toBe(true)
  expect(log).toHaveBeenCalledExactlyOnceWith(`seed ${seed}; again with: TRUNKLINE_SEED=${seed} npx vitest run`)
})

test.each(['x', '-1', '1.5', '4294967296'])('refuses TRUNKLINE_SEED=%s', (given) => {
  vi.stubEnv('TRUNKLINE_SEED', given)
  expect(() => testSeed()).toThrow(RangeError)
})
