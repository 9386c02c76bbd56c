import { expect, it } from 'vitest'
import { readPage } from './read-page.mjs'

const fence = (info: string, ...lines: string[]): string => [`\`\`\`${info}`, ...lines, '```'].join('\n')

it('gives an example its name and keeps its line numbers', () => {
  const { examples } = readPage(`# Title\n\n${fence('ts', '// api.ts', 'export const a = 1')}\n`)
  expect(examples).toEqual([{ name: 'api.ts', language: 'ts', line: 3, text: '\n\n\n// api.ts\nexport const a = 1\n' }])
})

it('puts hidden setup before the example, at its own lines', () => {
  const { examples } = readPage(`<!-- setup\ndeclare const a: number\n-->\n\n${fence('ts', 'a + 1')}`)
  expect(examples[0]?.text.split('\n')).toEqual(['', 'declare const a: number', '', '', '', 'a + 1', ''])
})

it('keeps fragments and other languages out of the examples', () => {
  const { examples, fragments } = readPage(`${fence('ts fragment', 'interface A {}')}\n${fence('sh', 'npm test')}`)
  expect(examples).toEqual([])
  expect(fragments).toHaveLength(1)
})

it('finds links to files and anchors, not to other sites, and not in code', () => {
  const { links } = readPage('[a](docs/a.md#b) [c](#d) [e](https://example.org) `[f](g.md)`')
  expect(links).toEqual(['docs/a.md#b', '#d'])
})

it('names headings as GitHub does', () => {
  const { anchors } = readPage('# A `b`, c!\n## A b c\n## A b c\n<a id="x"></a>')
  expect([...anchors]).toEqual(['a-b-c', 'a-b-c-1', 'a-b-c-2', 'x'])
})
