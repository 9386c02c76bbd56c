import { defineConfig } from 'tsup'

export default defineConfig({
  entry: ['src/index.ts'],
  format: ['esm', 'cjs'],
  tsconfig: 'tsconfig.build.json',
  target: 'es2022',
  platform: 'node',
  sourcemap: true,
  clean: true,
  // `customConditions: []`: declarations are made against the built declarations of other packages, as a user sees them.
  dts: { compilerOptions: { ignoreDeprecations: '6.0', customConditions: [] } },
})
