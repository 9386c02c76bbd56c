import { spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname } from 'node:path'

const require = createRequire(import.meta.url)

/** The compiler that is measured. Counts of different compilers differ by a percent or two, so results name it. */
export const typescriptVersion: string = require('typescript/package.json').version

const tscPath = `${dirname(require.resolve('typescript/package.json'))}/bin/tsc`

// Loaded before the compiler: says at its end how much CPU time it took, which other work on the machine does not change.
const printCpuTime = `process.on('exit', () => {
  const { user, system } = process.cpuUsage()
  process.stdout.write('CPU time: ' + (user + system) / 1e6 + 's\\n')
})`
const preload = `data:text/javascript,${encodeURIComponent(printCpuTime)}`

/** What `tsc --extendedDiagnostics` says of one run. */
export interface Diagnostics {
  instantiations: number
  types: number
  checkSeconds: number
  /** User and system time of the whole process, its garbage collection included. */
  cpuSeconds: number
  memoryMb: number
}

/** What one run of the compiler gave: its figures, and the errors if it found any. */
export interface TscRun {
  diagnostics: Diagnostics
  errors: string[]
}

export function runTsc(tsconfigPath: string, options: readonly string[] = []): TscRun {
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [
      '--max-old-space-size=8192',
      '--import',
      preload,
      tscPath,
      '-p',
      tsconfigPath,
      '--extendedDiagnostics',
      '--pretty',
      'false',
      ...options,
    ],
    { encoding: 'utf8', maxBuffer: 64 * 2 ** 20 },
  )
  const errors = stdout.split('\n').filter((line) => / error TS\d+: |^error TS/.test(line))
  if (!stdout.includes('Instantiations:'))
    throw new Error(`tsc gave no figures for ${tsconfigPath}:\n${stdout}${stderr}`)
  return { diagnostics: parseDiagnostics(stdout), errors }
}

export function parseDiagnostics(output: string): Diagnostics {
  const read = (name: string): number => {
    const match = new RegExp(`^${name}:\\s+([\\d.]+)`, 'm').exec(output)
    if (match?.[1] === undefined) throw new Error(`tsc printed no ${name}`)
    return Number(match[1])
  }
  return {
    instantiations: read('Instantiations'),
    types: read('Types'),
    checkSeconds: read('Check time'),
    cpuSeconds: read('CPU time'),
    memoryMb: read('Memory used') / 1_024,
  }
}
