import { defineConfig, type Options } from 'tsup'

const shared: Options = {
  entry: ['src/index.ts', 'src/superjson.ts', 'src/superjson-instance.ts', 'src/protocol.ts'],
  tsconfig: 'tsconfig.build.json',
  target: 'es2022',
  platform: 'neutral',
  sourcemap: true,
  // Entries share one copy of a class (`TrunklineError`), in CommonJS too: `instanceof` must hold across them.
  splitting: true,
  treeshake: false,
}

// The build script empties dist: with `clean` here one of the two builds could delete what the other has written.
export default defineConfig([
  {
    ...shared,
    format: 'esm',
    dts: { compilerOptions: { ignoreDeprecations: '6.0', customConditions: [] } },
  },
  {
    ...shared,
    format: 'cjs',
    // superjson and what it imports are ESM only. Tools that resolve `require` without Node's require(esm), such as
    // Jest, could not load them, so the CommonJS build carries them; NOTICE holds their licences.
    noExternal: ['superjson', 'copy-anything'],
    dts: { compilerOptions: { ignoreDeprecations: '6.0', customConditions: [] } },
  },
])
