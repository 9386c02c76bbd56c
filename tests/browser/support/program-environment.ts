// Vitest puts these into the environment. A build that saw `NODE_ENV=test` would bundle React's development code.
const OF_VITEST = ['NODE_ENV', 'TEST', 'VITEST', 'MODE', 'DEV', 'PROD', 'SSR', 'BASE_URL']

/** The environment of a person's shell: this one without what the test runner added, and with `added`. */
export function programEnvironment(added: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !OF_VITEST.includes(name) && !name.startsWith('VITEST_'),
  )
  return { ...Object.fromEntries(inherited), ...added }
}
