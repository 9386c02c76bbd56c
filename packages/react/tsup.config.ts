import { readFile, writeFile } from 'node:fs/promises'
import { defineConfig } from 'tsup'

/** What `src/index.ts` begins with. A module keeps it; in CommonJS what tsup puts in front would take its place. */
const DIRECTIVE = '"use client";'

export default defineConfig({
  entry: ['src/index.ts', 'src/queries.ts'],
  format: ['esm', 'cjs'],
  tsconfig: 'tsconfig.build.json',
  target: 'es2022',
  platform: 'neutral',
  sourcemap: true,
  clean: true,
  // What both entries need is no client's: a server imports the queries.
  splitting: true,
  dts: { compilerOptions: { ignoreDeprecations: '6.0', customConditions: [] } },
  plugins: [
    {
      name: 'use-client',
      async buildEnd() {
        for (const file of this.format === 'cjs' ? ['dist/index.cjs'] : []) {
          await writeFile(file, DIRECTIVE + (await readFile(file, 'utf8')))
        }
      },
    },
  ],
})
