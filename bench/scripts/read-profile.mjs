/**
 * Says where the time of a CPU profile went: `node bench/scripts/read-profile.mjs FILE.cpuprofile [lines]`.
 *
 * Self time of each function, idle time left out, and its sum by origin: Node itself, native code, a package, ours.
 */
import { readFileSync } from 'node:fs'

const [file, lines = '30'] = process.argv.slice(2)
if (file === undefined) throw new Error('usage: node bench/scripts/read-profile.mjs FILE.cpuprofile [lines]')
const { nodes, samples, timeDeltas } = JSON.parse(readFileSync(file, 'utf8'))

/** @type {Map<number, number>} */
const selfTimes = new Map()
samples.forEach((/** @type {number} */ id, /** @type {number} */ index) => {
  selfTimes.set(id, (selfTimes.get(id) ?? 0) + timeDeltas[index])
})

/** @type {Map<string, number>} */
const byFunction = new Map()
/** @type {Map<string, number>} */
const byOrigin = new Map()
let total = 0
for (const { id, callFrame } of nodes) {
  const time = selfTimes.get(id) ?? 0
  if (time === 0 || callFrame.functionName === '(idle)') continue
  total += time
  const origin = originOf(callFrame)
  add(byFunction, `${callFrame.functionName || '(anonymous)'}  ${origin}:${callFrame.lineNumber + 1}`, time)
  add(byOrigin, origin, time)
}
print('by origin', byOrigin)
print('by function', byFunction)

/** @param {{ url: string, functionName: string }} callFrame */
function originOf({ url, functionName }) {
  if (url.startsWith('node:')) return 'node'
  const installed = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1]
  if (installed !== undefined) return installed
  if (url === '') return functionName.startsWith('(') ? functionName : 'native'
  return url.slice(url.lastIndexOf('/') + 1)
}

/** @param {Map<string, number>} map @param {string} key @param {number} time */
function add(map, key, time) {
  map.set(key, (map.get(key) ?? 0) + time)
}

/** @param {string} title @param {Map<string, number>} map */
function print(title, map) {
  console.log(`\n${title}`)
  const rows = [...map].sort(([, left], [, right]) => right - left).slice(0, Number(lines))
  for (const [name, time] of rows) console.log(`${((time / total) * 100).toFixed(1).padStart(6)} %  ${name}`)
}
