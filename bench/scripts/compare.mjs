/** Prints the figures of docs/compare.md; with `--write`, also brings the pages up to date. */
import { readFileSync, writeFileSync } from 'node:fs'
import { formatTable, pages, updatePage } from './compare-page.mjs'

console.log(formatTable())
if (process.argv.includes('--write'))
  for (const page of pages) writeFileSync(page, updatePage(readFileSync(page, 'utf8')))
