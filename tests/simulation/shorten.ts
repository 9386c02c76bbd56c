import { runSchedule } from './run-schedule.js'
import type { Schedule } from './schedule.js'

/** Leaves out what a failing schedule does not need to fail in the same way; gives one that fails still. */
export async function shorten(schedule: Schedule): Promise<Schedule> {
  const [first] = (await runSchedule(schedule)).findings
  let shortest = schedule
  for (let size = Math.ceil(schedule.steps.length / 2); size >= 1; size = Math.floor(size / 2)) {
    for (let start = 0; start < shortest.steps.length; ) {
      const { steps } = shortest
      const candidate = { ...shortest, steps: [...steps.slice(0, start), ...steps.slice(start + size)] }
      const { findings } = await runSchedule(candidate)
      if (findings.some(({ kind }) => kind === first?.kind)) shortest = candidate
      else start += size
    }
  }
  return shortest
}
