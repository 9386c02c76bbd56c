import type { Project } from './project.js'
import { type Diagnostics, runTsc } from './run-tsc.js'

/** What type checking of one library at one size costs. */
export interface TypesResult {
  library: string
  title: string
  size: number
  /** Router and client in one program. Counts do not vary; times and memory are the lowest of all runs. */
  source: Diagnostics
  /** The client alone against the router's declarations; absent when these cannot be written. */
  declarations?: Diagnostics
  declarationKb?: number
  /** The compiler's error when the declarations cannot be written, such as TS7056. */
  emitError?: string
}

/** Measures the projects of one size, the runs interleaved. @throws when a project does not compile. */
export function measureProjects(projects: readonly Project[], runs: number): TypesResult[] {
  const source = projects.map((): Diagnostics[] => [])
  const declarations = projects.map((): Diagnostics[] => [])
  for (let run = 0; run < runs; run++) {
    projects.forEach((project, index) => {
      source[index]?.push(check(project, project.fromSource))
      if (project.fromDeclarations !== undefined) declarations[index]?.push(check(project, project.fromDeclarations))
    })
  }
  return projects.map(({ library, size, declarationKb, emitError }, index) => ({
    library: library.name,
    title: library.title,
    size,
    source: lowestOf(source[index] ?? []),
    ...(declarationKb === undefined ? {} : { declarations: lowestOf(declarations[index] ?? []), declarationKb }),
    ...(emitError === undefined ? {} : { emitError }),
  }))
}

function check({ library, size }: Project, folder: string): Diagnostics {
  const { diagnostics, errors } = runTsc(`${folder}/tsconfig.json`)
  if (errors.length > 0) throw new Error(`${library.name} with ${size} procedures: ${errors.slice(0, 5).join('\n')}`)
  return diagnostics
}

/** The lowest of the runs: the compiler's work is always the same, and whatever else the machine does only adds to it. */
function lowestOf(runs: readonly Diagnostics[]): Diagnostics {
  const of = (key: keyof Diagnostics): number => Math.min(...runs.map((run) => run[key]))
  return {
    instantiations: of('instantiations'),
    types: of('types'),
    checkSeconds: of('checkSeconds'),
    cpuSeconds: of('cpuSeconds'),
    memoryMb: of('memoryMb'),
  }
}
