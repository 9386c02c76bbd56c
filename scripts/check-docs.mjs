// Compiles the examples of every Markdown page and follows its links, so that a page cannot promise what the code does
// not do. How a page is written for it:
//
//   ```ts            a module of its own
//   ```ts fragment   only has to parse (a signature, an excerpt)
//   // api.ts        as a fence's first line: the other fences of the page can import './api'
//   <!-- setup … --> before a fence: lines the reader need not see
//
// Each example keeps its line numbers from the page, so an error names the page's own line.

import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import ts from 'typescript'
import { readPage } from './read-page.mjs'
import { listFiles, ROOT } from './source-files.mjs'

const OUT = '.docs-check'
const SETTINGS = {
  extends: '../tsconfig.base.json',
  compilerOptions: {
    module: 'esnext',
    moduleResolution: 'bundler',
    allowImportingTsExtensions: true,
    lib: ['ES2022', 'DOM', 'DOM.Iterable', 'DOM.AsyncIterable'],
    types: ['node'],
    jsx: 'react-jsx',
    noUnusedLocals: false,
    noUnusedParameters: false,
  },
  include: ['**/*.ts', '**/*.tsx'],
}

const read = (/** @type {string} */ file) => readFileSync(path.join(ROOT, file), 'utf8')
const pages = new Map(
  listFiles(/\.md$/)
    .filter((file) => !file.startsWith('.') && !file.endsWith('CHANGELOG.md'))
    .map((file) => [file, readPage(read(file))]),
)

/** @type {string[]} */
const problems = []

/** Says what is wrong with a link from `from`, if anything is.
 * @param {string} from
 * @param {string} link
 * @param {string} where folder that the link is relative to
 */
const followLink = (from, link, where) => {
  const [target = '', anchor] = link.split('#')
  const file = target === '' ? from : path.posix.join(where, decodeURI(target)).replace(/\/$/, '')
  if (!existsSync(path.join(ROOT, file))) problems.push(`${from}: link to ${link}, which does not exist`)
  else if (anchor !== undefined && pages.has(file) && !pages.get(file)?.anchors.has(anchor))
    problems.push(`${from}: link to ${link}, but ${file} has no such heading`)
}

for (const [file, page] of pages) {
  for (const link of page.links) followLink(file, link, path.posix.dirname(file))
  for (const { language, text, line } of page.fragments) {
    const { diagnostics = [] } = ts.transpileModule(text, { fileName: `fragment.${language}`, reportDiagnostics: true })
    for (const { messageText } of diagnostics)
      problems.push(`${file}:${line}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`)
  }
}
for (const file of listFiles(/^packages\/[^/]+\/src\/.*\.tsx?$/))
  for (const [, link = ''] of read(file).matchAll(/@see\s+((?:spec|docs)\/[\w./-]+\.md(?:#[\w-]+)?)/g))
    followLink(file, link, '')

rmSync(path.join(ROOT, OUT), { recursive: true, force: true })
let examples = 0
for (const [file, page] of pages) {
  const names = new Set()
  for (const example of page.examples) {
    const name = example.name ?? `line-${example.line}.${example.language}`
    if (names.has(name)) problems.push(`${file}:${example.line}: a second example named ${name}`)
    names.add(name)
    const target = path.join(ROOT, OUT, file, name)
    mkdirSync(path.dirname(target), { recursive: true })
    writeFileSync(target, example.text)
    examples += 1
  }
}
if (examples > 0) {
  writeFileSync(path.join(ROOT, OUT, 'tsconfig.json'), JSON.stringify(SETTINGS))
  const tsc = path.join(ROOT, 'node_modules/typescript7/bin/tsc')
  const { stdout } = spawnSync(process.execPath, [tsc, '--noEmit', '--pretty', 'false', '-p', OUT], {
    cwd: ROOT,
    encoding: 'utf8',
  })
  const lines = stdout.split('\n').filter((line) => line.trim() !== '')
  problems.push(...lines.map((line) => line.replace(/^\.docs-check\/(.+\.md)\/[^(]+\((\d+),\d+\)/, '$1:$2')))
}

for (const problem of problems) console.error(problem)
if (problems.length > 0) process.exit(1)
console.log(`docs: ${pages.size} pages, ${examples} examples compile, links lead somewhere`)
