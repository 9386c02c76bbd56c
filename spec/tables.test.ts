import { readFile } from 'node:fs/promises'
import { CLOSE_CODES, ERROR_CODES } from '@trunkline/core'
import { expect, test } from 'vitest'

const page = await readFile(new URL('PROTOCOL.md', import.meta.url), 'utf8')
const limitsSource = await readFile(new URL('../packages/core/src/protocol/limits.ts', import.meta.url), 'utf8')

const tables = {
  'close codes': table(
    ['Code', 'Name', 'After', 'Meaning'],
    Object.entries(CLOSE_CODES).map(([name, entry]) => [entry.code, `\`${name}\``, entry.after, entry.meaning]),
  ),
  'error codes': table(
    ['Name', 'Usual fate', 'Retry', 'Meaning'],
    Object.entries(ERROR_CODES).map(([name, entry]) => [
      `\`${name}\``,
      entry.fate,
      entry.retryable ? 'yes' : 'no',
      entry.meaning,
    ]),
  ),
  limits: table(['Constant', 'Value', 'Meaning'], limitRows()),
}

test.each(Object.entries(tables))('the table of %s says what the code says', (name, expected) => {
  const start = `<!-- table: ${name} -->\n`
  const written = page.split(start)[1]?.split('<!-- end of table -->')[0]?.trim()
  expect(
    written,
    `Put this between the markers of "${name}" in spec/PROTOCOL.md, with empty lines around:\n\n${expected}\n`,
  ).toBe(expected)
})

test('every limit names its unit or what it counts, and a clause that exists', () => {
  for (const [constant, , meaning] of limitRows()) {
    expect(constant).toMatch(/_(BYTES|LENGTH|MS|ITEMS|FRAMES|MEMBERS|MESSAGES?)`$/)
    const clauses = String(meaning).match(/P\d+\.\d+/g) ?? []
    expect(clauses, `${constant} names no clause`).not.toEqual([])
    for (const clause of clauses) expect(page).toContain(`- **${clause}**`)
  }
})

test('clauses are numbered by their section, without holes', () => {
  const numbers = [...page.matchAll(/^(?:## (\d+)\.|- \*\*P(\d+)\.(\d+)\*\*)/gm)]
  let section = 0
  let clause = 0
  for (const [heading, sectionHeading, clauseSection, clauseNumber] of numbers) {
    if (sectionHeading !== undefined) {
      expect(Number(sectionHeading), heading).toBe(section + 1)
      section += 1
      clause = 0
    } else {
      clause += 1
      expect([Number(clauseSection), Number(clauseNumber)], heading).toEqual([section, clause])
    }
  }
})

// Docstrings of the packages link to these.
test.each(['7-topics', '8-close-codes', '9-error-codes', '10-limits'])('the page has the anchor #%s', (anchor) => {
  const anchors = [...page.matchAll(/^## (.+)$/gm)].map(([, title = '']) => slug(title))
  expect(anchors).toContain(anchor)
})

/** The constants of limits.ts with their docstrings, which are the only place where a meaning is written. */
function limitRows(): (string | number)[][] {
  const constants = [...limitsSource.matchAll(/\/\*\* (.+) \*\/\nexport const ([A-Z_]+) = ([\d_]+)\n/g)]
  return constants.map(([, meaning = '', name = '', value = '']) => [
    `\`${name}\``,
    Number(value.replaceAll('_', '')).toLocaleString('en-US'),
    meaning,
  ])
}

function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const line = (cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |`
  return [line(head), `|${' --- |'.repeat(head.length)}`, ...rows.map(line)].join('\n')
}

/** GitHub's anchor of a heading: lower case, punctuation gone, spaces to hyphens. */
function slug(title: string): string {
  return title
    .toLowerCase()
    .replace(/[^a-z0-9 -]/g, '')
    .replaceAll(' ', '-')
}
