// Runs schedules from the command line: `npm run simulate -- --seed 7` replays one and tells everything that happens,
// with `--shorten` without the steps that its failure does not need; `npm run simulate -- --schedules 20000 --seed 1`
// runs many and counts what they reached. Ends with 1 when a schedule has findings.
import { randomInt } from 'node:crypto'
import { parseArgs } from 'node:util'
import { runMany } from './run-many.js'
import { runSchedule } from './run-schedule.js'
import { drawSchedule } from './schedule.js'
import { shorten } from './shorten.js'
import { formatSimFindings } from './sim-finding.js'

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    schedules: { type: 'string', default: '1' },
    shorten: { type: 'boolean', default: false },
  },
})
const seed = wholeNumber('--seed', values.seed ?? String(randomInt(0x7fff_ffff)))
const count = wholeNumber('--schedules', values.schedules)

if (count === 1) {
  const drawn = drawSchedule(seed)
  const schedule = values.shorten ? await shorten(drawn) : drawn
  console.log(`seed ${seed}`, schedule.config)
  const { findings } = await runSchedule(schedule, { trace: console.log })
  console.log(findings.length === 0 ? 'Nothing was found.' : formatSimFindings(findings))
  if (findings.length > 0) process.exitCode = 1
} else {
  const { failures, summary } = await runMany(seed, count, { log: console.log })
  console.log(summary)
  if (failures.length > 0) process.exitCode = 1
}

function wholeNumber(name: string, text: string): number {
  const value = Number(text)
  if (Number.isInteger(value) && value >= 0 && value <= 0xffff_ffff) return value
  throw new RangeError(`${name} must be a whole number up to 4294967295, not ${text}`)
}
