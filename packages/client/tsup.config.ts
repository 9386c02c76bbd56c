import { defineConfig } from 'tsup'
import { INTERNAL_NAMES } from './internal-names.mjs'

export default defineConfig({
  entry: ['src/index.ts', 'src/index.node.ts', 'src/json.ts', 'src/json.node.ts', 'src/observer.ts'],
  format: ['esm', 'cjs'],
  tsconfig: 'tsconfig.build.json',
  target: 'es2022',
  platform: 'neutral',
  sourcemap: true,
  clean: true,
  // The four entries differ in codec and transport only; what they share is one chunk.
  splitting: true,
  esbuildOptions: (options) => {
    options.mangleProps = new RegExp(`^(${INTERNAL_NAMES.join('|')})$`)
  },
  dts: { compilerOptions: { ignoreDeprecations: '6.0', customConditions: [] } },
})
