import { defineConfig } from 'tsup'

export default defineConfig({
  entry: ['src/index.ts', 'src/queries.ts'],
  format: ['esm', 'cjs'],
  tsconfig: 'tsconfig.build.json',
  target: 'es2022',
  platform: 'neutral',
  sourcemap: true,
  clean: true,
  splitting: true,
  dts: { compilerOptions: { ignoreDeprecations: '6.0', customConditions: [] } },
})
