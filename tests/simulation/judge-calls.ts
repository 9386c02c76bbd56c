/**
 * Judges what calls were told against what handlers did.
 *
 * Rule: an answer is that of a run; a fate never says less than happened; nothing runs more often than it may.
 */
import type { CallRecord, Opening, Told } from './sim-calls.js'
import { createSimReport, type Report, type SimFinding } from './sim-finding.js'
import type { Execution, SimWork } from './sim-work.js'

/** Above this a call's own time limit is past, in milliseconds. */
const LATE_MS = 1_000

/** So long a server remembers a key, in milliseconds. */
const KEPT_MS = 600_000

/** What its code alone says of a call that was made as it should be. */
const CODES: ReadonlySet<string> = new Set([
  'REFUSED',
  'INTERNAL',
  'TIMEOUT',
  'CANCELLED',
  'CONNECTION_LOST',
  'CONNECTION_CLOSED',
  'RESULT_LOST',
  'QUEUE_FULL',
  'LIMIT_EXCEEDED',
])

/** Judges the calls of one client; `slept` when its machine did. */
export function judgeCalls(
  records: readonly CallRecord[],
  work: SimWork,
  openings: readonly Opening[],
  slept: boolean,
): SimFinding[] {
  const all: SimFinding[] = []
  for (const record of records) {
    const { findings, report } = createSimReport(`calls of ${record.draw.of}`, record.name)
    if (record.told === undefined) report('unanswered', 'it was never told anything')
    else {
      const executions = work.executionsOf(record.work)
      const during = openings.slice(record.openings, record.told.openings)
      judgeTold(record, record.told, executions, report)
      judgeRuns(record, executions, during, report)
      judgeLoss(record, record.told, during, openings[record.openings - 1], slept, report)
      const { timeoutMs } = record.draw
      if (!slept && record.told.afterMs > timeoutMs + LATE_MS)
        report('unanswered', `it was told after ${record.told.afterMs} ms, and had ${timeoutMs}`)
      if (!slept && record.told.code === 'TIMEOUT' && record.told.afterMs < timeoutMs)
        report('wrong-fate', `TIMEOUT after ${record.told.afterMs} ms, and it had ${timeoutMs}`)
    }
    all.push(...findings)
  }
  return all
}

function judgeTold({ draw }: CallRecord, told: Told, executions: readonly Execution[], report: Report): void {
  const { code, fate, run } = told
  const ended = (end: Execution['end']): boolean =>
    executions.some((each) => each.end === end && (run === undefined || each.run === run))
  if (code === undefined) {
    if (!ended('ok')) report('wrong-answer', `run ${run} answered it, and is not one of its own that ended well`)
    return
  }
  // A handler that publishes fails with what its publish failed with.
  if (!CODES.has(code) && !(code === 'BROKER_UNAVAILABLE' && ended('threw')))
    return report('wrong-answer', `it was told ${code}`)
  if (code === 'REFUSED' && !ended('refused')) report('wrong-answer', `run ${run} refused it, and did not`)
  if (code === 'INTERNAL' && !ended('threw') && executions.every(({ process }) => !process.isDead))
    report('wrong-answer', 'it was told INTERNAL, and no run threw')
  if (fate === 'executed' && executions.every(({ end }) => end === undefined))
    report('wrong-fate', `${code} says that it ran to its end, and it did not`)
  // What one key asks for others may have asked for as well.
  if ((fate === 'not-sent' || fate === 'rejected') && draw.key === undefined && executions.length > 0)
    report('wrong-fate', `${code} says ${fate}, and it ran ${executions.length} times`)
}

function judgeRuns(
  { draw, name }: CallRecord,
  executions: readonly Execution[],
  during: readonly Opening[],
  report: Report,
): void {
  // A query is asked once in each session.
  const sessions = 1 + during.filter(({ isNew }) => isNew).length
  if (draw.of === 'get') {
    if (executions.length > sessions) report('ran-twice', `${executions.length} runs in ${sessions} sessions`)
    return
  }
  const isRepeated = executions.some(({ process, startedMs, run }) =>
    executions.some((first) => first.process === process && first.run < run && startedMs - first.startedMs < KEPT_MS),
  )
  if (isRepeated) report('ran-twice', `${name} ran again on one server`)
  if (draw.of !== 'again' && draw.key === undefined && executions.length > 1)
    report('ran-twice', `${name} ran ${executions.length} times`)
}

/** Nobody is told of a loss that was none. */
function judgeLoss(
  { draw, wasOpen }: CallRecord,
  { code }: Told,
  during: readonly Opening[],
  before: Opening | undefined,
  slept: boolean,
  report: Report,
): void {
  if (code !== 'CONNECTION_LOST' || slept) return
  if (draw.of === 'get' || draw.of === 'again') return report('wrong-fate', `CONNECTION_LOST of ${draw.of}`)
  if (!during.some(({ isNew }) => isNew)) return report('wrong-fate', 'CONNECTION_LOST, and no session was lost')
  const servers = new Set([...(before === undefined ? [] : [before]), ...during].map(({ process }) => process))
  // What is sent before the first welcome may have gone to anybody.
  if (draw.of === 'once' && wasOpen && servers.size < 2)
    report('wrong-fate', 'CONNECTION_LOST, and the one server that it was sent to lives')
}
