/**
 * Compiles an entry of the benchmark, with Trunkline from source, into `.generated/js`.
 *
 * Not with a loader such as tsx: those keep function names by a call per closure, which would be measured too. The peers
 * stay as installed.
 */
import { rm } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

export const benchFolder = fileURLToPath(new URL('..', import.meta.url))

/**
 * @param {Record<string, string>} entryPoints name of the output → source file, both relative to their folder
 * @param {string} name the folder below `.generated` to write to; emptied first
 * @returns {Promise<string>} the absolute folder
 */
export async function compile(entryPoints, name) {
  const outdir = `${benchFolder}.generated/${name}`
  await rm(outdir, { recursive: true, force: true })
  await build({
    absWorkingDir: benchFolder,
    entryPoints,
    outdir,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    sourcemap: 'linked',
    conditions: ['@trunkline/source'],
    logLevel: 'warning',
    plugins: [
      {
        name: 'installed packages stay outside, Trunkline comes in',
        setup(context) {
          context.onResolve({ filter: /^[^./]/ }, ({ path, kind }) => {
            if (kind === 'entry-point' || path.startsWith('@trunkline/')) return undefined
            return { path, external: true }
          })
        },
      },
    ],
  })
  return outdir
}
