// Fails when a file imports what its place in the architecture forbids. The rules are in import-rules.mjs.

import { readFileSync } from 'node:fs'
import path from 'node:path'
import ts from 'typescript'
import { judgeImports } from './import-rules.mjs'
import { listFiles, ROOT } from './source-files.mjs'

const files = listFiles(/\.[mc]?[jt]sx?$/)
const violations = files.flatMap((file) => {
  const text = readFileSync(path.join(ROOT, file), 'utf8')
  // preProcessFile finds static, dynamic and type imports, re-exports and require, and costs no program.
  const specifiers = ts.preProcessFile(text, true, true).importedFiles.map((found) => found.fileName)
  return judgeImports(file, specifiers)
})

for (const { file, specifier, reason } of violations) console.error(`${file} imports '${specifier}': ${reason}`)
if (violations.length > 0) process.exit(1)
console.log(`imports: ${files.length} files keep the direction`)
