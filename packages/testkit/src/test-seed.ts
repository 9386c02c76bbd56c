import { randomInt } from 'node:crypto'

/**
 * Gives the seed of a randomised test and prints the command that runs it again.
 *
 * @param testFile - named in the printed command; a `file:` URL (`import.meta.url`) is shown relative to the working directory.
 * @returns `TRUNKLINE_SEED` when it is set, else a fresh random seed below 2 ** 32.
 * @throws RangeError when `TRUNKLINE_SEED` is not a whole number below 2 ** 32.
 */
export function testSeed(testFile = ''): number {
  const given = process.env['TRUNKLINE_SEED']
  const seed = given === undefined || given === '' ? randomInt(0x1_0000_0000) : Number(given)
  if (!Number.isInteger(seed) || seed < 0 || seed >= 0x1_0000_0000) {
    throw new RangeError(`TRUNKLINE_SEED must be a whole number below 4294967296, not ${given}`)
  }
  const path = testFile.replace(/^file:\/\//, '').replace(`${process.cwd()}/`, '')
  console.log(`seed ${seed}; again with: TRUNKLINE_SEED=${seed} npx vitest run ${path}`.trimEnd())
  return seed
}
