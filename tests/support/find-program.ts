import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

/**
 * A program of this machine: the one that `given` names, else the first of `names` on the PATH or in `moreFolders`.
 *
 * `undefined` where none may be run.
 */
export function findProgram(
  given: string | undefined,
  names: readonly string[],
  moreFolders: readonly string[] = [],
): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), ...moreFolders]
  const known = given === undefined ? folders.flatMap((folder) => names.map((name) => join(folder, name))) : [given]
  return known.find(isExecutable)
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}
