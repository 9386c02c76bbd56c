import { testSeed } from '@trunkline/testkit'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { splitFrames } from './split-frames.js'

const seed = testSeed(import.meta.url)

test('gives the frames of a message, with or without its brackets', () => {
  expect(splitFrames('[{"ok":1},{"item":2,"data":[1,{"a":2}]}]')).toEqual(['{"ok":1}', '{"item":2,"data":[1,{"a":2}]}'])
  expect(splitFrames('{"ok":1},{"ok":2}')).toEqual(['{"ok":1}', '{"ok":2}'])
  expect(splitFrames('{"ok":1}')).toEqual(['{"ok":1}'])
})

test('brackets, commas and quotes in strings belong to the frame', () => {
  const frames = ['{"ok":1,"data":"},{[\\"]\\\\"}', '{"},{":"\\\\\\""}']
  expect(splitFrames(`[${frames.join(',')}]`)).toEqual(frames)
})

test('agrees with the frames that were joined, whatever they hold', () => {
  fc.assert(
    fc.property(
      fc.array(fc.dictionary(fc.string(), fc.jsonValue()), { minLength: 1 }),
      fc.boolean(),
      (values, bare) => {
        const frames = values.map((value) => JSON.stringify(value))
        const joined = frames.join(',')
        expect(splitFrames(bare ? joined : `[${joined}]`)).toEqual(frames)
      },
    ),
    { seed, numRuns: 300 },
  )
})
