import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

// Tests run from source: the `@trunkline/source` condition of every package's `exports` comes before `dist`, so that
// no build is needed and coverage counts the right files. The other names are Vite's and Node's own defaults, which a
// list of ours would otherwise replace.
const conditions = ['@trunkline/source', 'module', 'node', 'development|production']

const HOOKS = ['packages/react/src/**/*.test.{ts,tsx}']
const pathOf = (file: string): string => fileURLToPath(new URL(file, import.meta.url))

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: ['@trunkline/source', 'node', 'module-sync'] } },
  test: {
    projects: [
      {
        extends: true,
        test: {
          name: 'all',
          include: [
            'packages/**/*.test.{ts,tsx}',
            'tests/**/*.test.{ts,tsx}',
            'spec/**/*.test.ts',
            'docs/**/*.test.ts',
            'examples/**/*.test.ts',
            'bench/**/*.test.ts',
            'scripts/**/*.test.ts',
          ],
          env: { REACT_MAJOR: '19' },
        },
      },
      {
        // The tests of the hooks once more, with the React 18 that the tests' workspace has beside the root's React 19.
        extends: true,
        resolve: {
          alias: [
            { find: /^(react|react-dom)(?=$|\/)/, replacement: pathOf('tests/node_modules/$1') },
            // As a module: what it requires would not be redirected.
            {
              find: /^@testing-library\/react$/,
              replacement: pathOf('node_modules/@testing-library/react/dist/@testing-library/react.esm.js'),
            },
          ],
        },
        test: {
          name: 'react-18',
          include: HOOKS,
          env: { REACT_MAJOR: '18' },
          // What imports React goes through the aliases above, or Node would find the root's.
          server: { deps: { inline: [/@testing-library\/react/, /@tanstack\/react-query/] } },
        },
      },
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
