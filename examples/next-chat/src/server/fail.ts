/** Ends the process with one line that says what to do. */
export function fail(line: string): never {
  console.error(line)
  process.exit(1)
}
