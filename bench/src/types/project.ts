import { mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { generateClient, generateRouter, type Library } from './library.js'
import { runTsc } from './run-tsc.js'

/** The folders of one generated project: one checks everything from source, one the client against declarations. */
export interface Project {
  library: Library
  size: number
  fromSource: string
  /** Undefined when the router's declarations cannot be written; `emitError` says why. */
  fromDeclarations?: string
  emitError?: string
  declarationKb?: number
}

const compilerOptions = {
  target: 'es2022',
  lib: ['ES2022', 'DOM', 'DOM.Iterable', 'DOM.AsyncIterable'],
  types: [],
  module: 'nodenext',
  moduleDetection: 'force',
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  skipLibCheck: true,
}

/**
 * Writes the declarations of core and client, which is what an app's compiler sees of a published package: with their
 * sources in the program, checking Trunkline itself would be counted too.
 *
 * @returns the `paths` that lead an import of either to them.
 */
export function writeTrunklineDeclarations(repositoryFolder: string, folder: string): Record<string, string[]> {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const tsconfigPath = `${folder}/tsconfig.json`
  writeJson(tsconfigPath, {
    compilerOptions: {
      ...compilerOptions,
      customConditions: ['@trunkline/source'],
      declaration: true,
      emitDeclarationOnly: true,
      rootDir: `${repositoryFolder}packages`,
      outDir: folder,
    },
    files: ['core', 'client'].map((name) => `${repositoryFolder}packages/${name}/src/index.ts`),
  })
  const { errors } = runTsc(tsconfigPath)
  if (errors.length > 0) throw new Error(`Trunkline does not compile:\n${errors.join('\n')}`)
  return {
    '@trunkline/core': [`${folder}/core/src/index.d.ts`],
    '@trunkline/core/*': [`${folder}/core/src/*.d.ts`],
    '@trunkline/client': [`${folder}/client/src/index.d.ts`],
  }
}

/** Writes a library's router and client of a size, and its declarations. */
export function writeProject(library: Library, size: number, folder: string, paths: Record<string, string[]>): Project {
  rmSync(folder, { recursive: true, force: true })
  const fromSource = `${folder}/source`
  const fromDeclarations = `${folder}/declarations`
  for (const one of [fromSource, fromDeclarations]) mkdirSync(one, { recursive: true })
  writeFileSync(`${fromSource}/router.ts`, generateRouter(library, size))
  const client = generateClient(library, size)
  writeFileSync(`${fromSource}/client.ts`, client)
  writeFileSync(`${fromDeclarations}/client.ts`, client)
  writeJson(`${fromSource}/tsconfig.json`, {
    compilerOptions: { ...compilerOptions, paths, noEmit: true },
    files: ['client.ts'],
  })
  writeJson(`${fromDeclarations}/tsconfig.json`, {
    compilerOptions: { ...compilerOptions, paths, noEmit: true },
    files: ['client.ts'],
  })
  writeJson(`${fromSource}/tsconfig.emit.json`, {
    compilerOptions: {
      ...compilerOptions,
      paths,
      declaration: true,
      emitDeclarationOnly: true,
      outDir: fromDeclarations,
    },
    files: ['router.ts'],
  })
  const { errors } = runTsc(`${fromSource}/tsconfig.emit.json`)
  const [error] = errors
  if (error !== undefined) return { library, size, fromSource, emitError: /TS\d+/.exec(error)?.[0] ?? error }
  const declarationKb = statSync(`${fromDeclarations}/router.d.ts`).size / 1_000
  return { library, size, fromSource, fromDeclarations, declarationKb }
}

function writeJson(path: string, value: unknown): void {
  writeFileSync(path, `${JSON.stringify(value, null, 2)}\n`)
}
