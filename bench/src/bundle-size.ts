import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import type { Peer } from './harness/peer.js'

export const bundleSizeName = 'bundle-size'

/** The size of one browser client, in bytes after esbuild's minifier and gzip -9. */
export interface BundleSize {
  peer: string
  title: string
  gzipBytes: number
  minifiedBytes: number
}

/** Bundles each peer's browser client, with everything that it imports, and compresses it. */
export async function measureBundleSizes(peers: readonly Peer[], benchFolder: string): Promise<BundleSize[]> {
  const sizes: BundleSize[] = []
  for (const peer of peers) {
    for (const { variant, source } of peer.browserClients) {
      const code = await bundle(source, benchFolder)
      sizes.push({
        peer: peer.name,
        title: variant === '' ? peer.title : `${peer.title}, ${variant}`,
        gzipBytes: gzipSync(code, { level: 9 }).length,
        minifiedBytes: code.length,
      })
    }
  }
  return sizes
}

async function bundle(source: string, benchFolder: string): Promise<Uint8Array> {
  const { outputFiles } = await build({
    stdin: { contents: source, resolveDir: benchFolder, loader: 'ts' },
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    conditions: ['@trunkline/source'],
    define: { 'process.env.NODE_ENV': '"production"' },
    logLevel: 'warning',
  })
  const [output] = outputFiles
  if (output === undefined) throw new Error('esbuild wrote nothing')
  return output.contents
}
