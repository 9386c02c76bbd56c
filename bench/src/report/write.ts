import { mkdirSync, writeFileSync } from 'node:fs'
import { toMarkdown } from './markdown.js'
import { plotRatios } from './plot.js'
import type { Results } from './results.js'

/** Writes the three files of a run into a folder: for programs, for readers, for the README. */
export async function writeResults(results: Results, folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true })
  writeFileSync(`${folder}/latest.json`, `${JSON.stringify(results, roundNumbers, 2)}\n`)
  writeFileSync(`${folder}/latest.md`, toMarkdown(results))
  if (results.workloads.length > 0) writeFileSync(`${folder}/ratios.svg`, await plotRatios(results))
}

/** Nobody needs the fifteenth digit of a median, and every one of them would be a changed line. */
function roundNumbers(_key: string, value: unknown): unknown {
  return typeof value === 'number' ? Number(value.toPrecision(5)) : value
}
