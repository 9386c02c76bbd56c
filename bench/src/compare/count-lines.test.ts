import { expect, test } from 'vitest'
import { countLines } from '../../scripts/count-lines.mjs'

test('counts lines of code, and imports on their own', () => {
  expect(
    countLines(`// a.ts
import * as v from 'valibot'
import {
  one,
  two,
} from './two.js'
import './three.js'

/** What it is. */
export const name = 'import' // said here

export function imports() {
  /* a comment
   * of two lines */
  return import('./four.js')
}
`),
  ).toEqual({ code: 4, imports: 6 })
})
