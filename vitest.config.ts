import { defineConfig } from 'vitest/config'

// Tests run from source: the `@trunkline/source` condition of every package's `exports` comes before `dist`, so that
// no build is needed and coverage counts the right files. The other names are Vite's and Node's own defaults, which a
// list of ours would otherwise replace.
const conditions = ['@trunkline/source', 'module', 'node', 'development|production']

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: ['@trunkline/source', 'node', 'module-sync'] } },
  test: {
    include: [
      'packages/**/*.test.{ts,tsx}',
      'tests/**/*.test.{ts,tsx}',
      'spec/**/*.test.ts',
      'docs/**/*.test.ts',
      'examples/**/*.test.ts',
      'bench/**/*.test.ts',
      'scripts/**/*.test.ts',
    ],
    exclude: ['**/node_modules/**', '**/dist/**', '**/.cache/**'],
    pool: 'forks',
    maxWorkers: 2,
    // A shared machine may stall for seconds; a test that waits for a condition must not be the one to notice.
    testTimeout: 30_000,
    hookTimeout: 30_000,
    teardownTimeout: 10_000,
    restoreMocks: true,
    unstubGlobals: true,
    unstubEnvs: true,
    coverage: {
      provider: 'v8',
      include: ['packages/*/src/**/*.{ts,tsx}'],
      exclude: ['**/*.test.{ts,tsx}', '**/*.test-d.{ts,tsx}'],
      reporter: ['text-summary', 'html', 'json-summary'],
    },
  },
})
