/** `npm run bench:types`: what type checking a large router costs, beside tRPC, oRPC and plain valibot. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { installedVersion } from './report/installed-version.js'
import { findOverruns } from './types/budget.js'
import { floor } from './types/libraries/floor.js'
import { orpc } from './types/libraries/orpc.js'
import { trpc } from './types/libraries/trpc.js'
import { trunkline } from './types/libraries/trunkline.js'
import { measureProjects, type TypesResult } from './types/measure.js'
import { writeProject, writeTrunklineDeclarations } from './types/project.js'
import { typesToMarkdown } from './types/report.js'
import { typescriptVersion } from './types/run-tsc.js'

const usage = `npm run bench:types -- [options]

  --quick       1,000 procedures (the default)
  --all         50, 200, 1,000 and 3,000 procedures; writes results/types.json and types.md
  --sizes A,B   these sizes, multiples of ten, at least 50
  --runs N      runs of the compiler for each figure (default 3); times and memory are the lowest
  --assert      exits with 1 unless Trunkline is below tRPC and oRPC from 1,000 procedures on, and linear`

const libraries = [floor, trunkline, trpc, orpc]
const allSizes = [50, 200, 1_000, 3_000]

// This file runs compiled, from `bench/.generated/bench-types/bench-types.js`.
const benchFolder = fileURLToPath(new URL('../..', import.meta.url))
const repositoryFolder = fileURLToPath(new URL('../../..', import.meta.url))
const generatedFolder = `${benchFolder}.generated/types`

try {
  run()
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error))
  process.exitCode = 1
}

function run(): void {
  const { values } = parseArgs({
    options: {
      quick: { type: 'boolean', default: false },
      all: { type: 'boolean', default: false },
      sizes: { type: 'string' },
      runs: { type: 'string', default: '3' },
      assert: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) {
    console.log(usage)
    return
  }
  const sizes = values.all ? allSizes : readSizes(values.sizes)
  const paths = writeTrunklineDeclarations(repositoryFolder, `${generatedFolder}/trunkline-declarations`)
  const results: TypesResult[] = []
  for (const size of sizes) {
    const projects = libraries.map((library) =>
      writeProject(library, size, `${generatedFolder}/${library.name}-${size}`, library === trunkline ? paths : {}),
    )
    results.push(...measureProjects(projects, Number(values.runs)))
  }
  const versions = libraries
    .flatMap(({ packages }) => packages)
    .map((name) => `${name} ${installedVersion(name)}`)
    .join(', ')
  const page = typesToMarkdown(results, typescriptVersion, versions)
  console.log(page)
  if (values.all) {
    mkdirSync(`${benchFolder}results`, { recursive: true })
    writeFileSync(`${benchFolder}results/types.md`, page)
    writeFileSync(
      `${benchFolder}results/types.json`,
      `${JSON.stringify({ typescript: typescriptVersion, versions, results }, null, 2)}\n`,
    )
  }
  const overruns = findOverruns(results)
  for (const overrun of overruns) console.log(`Over budget: ${overrun}`)
  if (values.assert && overruns.length > 0) process.exitCode = 1
}

function readSizes(text: string | undefined): number[] {
  if (text === undefined) return [1_000]
  const sizes = text.split(',').map(Number)
  const wrong = sizes.find((size) => !Number.isInteger(size) || size % 10 !== 0 || size < 50)
  if (wrong !== undefined) throw new Error('--sizes takes multiples of ten, at least 50')
  return sizes
}
