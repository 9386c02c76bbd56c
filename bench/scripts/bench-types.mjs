import { spawnSync } from 'node:child_process'
import { compile } from './compile.mjs'

const folder = await compile({ 'bench-types': 'src/bench-types.ts' }, 'bench-types')
const { status } = spawnSync(
  process.execPath,
  ['--enable-source-maps', `${folder}/bench-types.js`, ...process.argv.slice(2)],
  { stdio: 'inherit' },
)
process.exitCode = status ?? 1
