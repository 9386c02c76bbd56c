import { clockTime } from '../clock-time.js'
import type { Status } from '../trunkline.js'
import type { Outage } from './outage.js'

/** What becomes of what is on the screen, in this order after a lost connection. */
export const STEPS = ['stale', 'catching up', 'live'] as const
export type Step = (typeof STEPS)[number]

/** Where the data stands: live only while the server proves it. */
export function stepOf(status: Status, isAway: boolean): Step {
  if (isAway || status === 'closed') return 'stale'
  return status === 'live' ? 'live' : 'catching up'
}

/** Says what happens, and what happened. */
export function describeOutage(step: Step, outage: Outage | undefined, nowMs: number): string {
  if (outage === undefined) {
    return step === 'live' ? 'Whatever happens in the farm arrives here at once.' : 'Getting what happened so far …'
  }
  const { lostAtMs, backAtMs, attempts, recovered, hasGap } = outage
  if (step === 'stale') {
    return `What you see is from ${clockTime(lostAtMs)}. Away for ${inSeconds(nowMs - lostAtMs)}, at attempt ${attempts} to connect.`
  }
  if (backAtMs === undefined || step !== 'live')
    return `Back; delivering what happened meanwhile: ${count(recovered, 'alarm')}.`
  const away = `Away for ${inSeconds(backAtMs - lostAtMs)}, back after ${count(attempts, 'attempt')}.`
  if (hasGap) return `${away} Some alarms are gone for good, and the list says where.`
  if (recovered === 0) return `${away} No alarm was raised meanwhile.`
  return `${away} Meanwhile ${count(recovered, 'alarm')}: all delivered, in order, none twice.`
}

function inSeconds(ms: number): string {
  return `${(Math.max(0, ms) / 1_000).toFixed(1)} s`
}

function count(of: number, what: string): string {
  return `${of} ${what}${of === 1 ? '' : 's'}`
}
