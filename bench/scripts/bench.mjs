import { spawnSync } from 'node:child_process'
import { compile } from './compile.mjs'

const folder = await compile({ bench: 'src/bench.ts', worker: 'src/harness/worker.ts' }, 'bench')
const { status } = spawnSync(
  process.execPath,
  ['--enable-source-maps', `${folder}/bench.js`, ...process.argv.slice(2)],
  {
    stdio: 'inherit',
  },
)
process.exitCode = status ?? 1
