// Type-checks everything: each package alone, as strictly as it is published (core without DOM and Node, declarations
// that need no inference), then all of it with tests, `*.test-d.ts`, scripts and benchmarks, then the examples.
// A wrong type test fails here: nothing else compiles `*.test-d.ts`.
// TypeScript 7 does it because it is several times faster; tsup's declarations use 6, so both are covered.

import { spawnSync } from 'node:child_process'
import path from 'node:path'
import { listFiles, ROOT } from './source-files.mjs'

const TSC = path.join(ROOT, 'node_modules/typescript7/bin/tsc')

const projects = listFiles(/^(packages\/[^/]+\/tsconfig\.build|examples\/[^/]+\/tsconfig)\.json$/).concat(
  'tsconfig.json',
)
const failed = projects.filter((project) => {
  const started = performance.now()
  const { status } = spawnSync(process.execPath, [TSC, '--noEmit', '-p', project], { cwd: ROOT, stdio: 'inherit' })
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  console.log(`types: ${project} ${status === 0 ? 'ok' : 'FAILED'} (${seconds} s)`)
  return status !== 0
})
if (failed.length > 0) process.exit(1)
