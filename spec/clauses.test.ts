/** Every clause has something that holds it: a test, a vector or a session that names it. */
import { readdir, readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'

const root = new URL('../', import.meta.url)
const page = await readFile(new URL('spec/PROTOCOL.md', root), 'utf8')
const clauses = [...page.matchAll(/^- \*\*(P\d+\.\d+)\*\*/gm)].map(([, clause = '']) => clause)

test('every clause is named by a test, a vector or a session, and none is named that is not there', async () => {
  const texts = await Promise.all(['spec', 'tests', 'packages'].map(readTests))
  const named = new Set(texts.join('\n').match(/\bP\d+\.\d+\b/g))
  expect(clauses.length).toBeGreaterThan(80)
  expect(clauses.filter((clause) => !named.has(clause))).toEqual([])
  expect([...named].filter((clause) => !clauses.includes(clause))).toEqual([])
})

test('the page names no clause that is not there', () => {
  const named = new Set(page.match(/\bP\d+\.\d+\b/g))
  expect([...named].filter((clause) => !clauses.includes(clause))).toEqual([])
})

async function readTests(folder: string): Promise<string> {
  const names = await readdir(new URL(folder, root), { recursive: true })
  const files = names.filter(
    (name) => /\.test\.tsx?$|^(vectors|sessions).*\.json$/.test(name) && !/node_modules|dist/.test(name),
  )
  return (await Promise.all(files.map((name) => readFile(new URL(`${folder}/${name}`, root), 'utf8')))).join('\n')
}
