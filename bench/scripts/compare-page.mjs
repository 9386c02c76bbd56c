/**
 * docs/compare.md holds the variants' files and their number of lines as they are; the guides for those who come from
 * another library hold some files too.
 *
 * A fence whose first line is `// trpc/server.ts` is that file; the table stands between two comments.
 */
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { countLines } from './count-lines.mjs'

const sources = fileURLToPath(new URL('../src/compare', import.meta.url))

/** The page with the figures, and the others that show these files. */
export const pages = ['compare.md', 'guide/coming-from-trpc.md', 'guide/coming-from-socketio.md'].map((page) =>
  fileURLToPath(new URL(`../../docs/${page}`, import.meta.url)),
)

/** @type {readonly { title: string, files: readonly [server: string, client: string, hook: string] }[]} */
const variants = [
  { title: 'Trunkline', files: ['trunkline/server.ts', 'trunkline/client.tsx', 'trunkline/use-messages.ts'] },
  { title: 'oRPC', files: ['orpc/server.ts', 'orpc/client.ts', 'orpc/use-messages.ts'] },
  { title: 'tRPC', files: ['trpc/server.ts', 'trpc/client.ts', 'trpc/use-messages.ts'] },
]

/** @param {string} file */
const readSource = (file) => readFileSync(path.join(sources, file), 'utf8')

/** @param {string} file */
const isSource = (file) => existsSync(path.join(sources, file))

/** The lines of each variant. */
export function countVariants() {
  return variants.map(({ title, files }) => {
    const counts = files.map((file) => countLines(readSource(file)))
    const lines = counts.map(({ code }) => code)
    const imports = sum(counts.map((count) => count.imports))
    return { title, lines, all: sum(lines), imports }
  })
}

/** @param {readonly number[]} numbers */
const sum = (numbers) => numbers.reduce((total, number) => total + number, 0)

/** The figures as a Markdown table. */
export function formatTable() {
  const rows = countVariants().map(
    ({ title, lines, all, imports }) => `| ${[title, ...lines, `**${all}**`, imports].join(' | ')} |`,
  )
  return ['| | server | client | hook | lines | imports |', '|---|---:|---:|---:|---:|---:|', ...rows].join('\n')
}

/**
 * A page with the files and the figures of now. Fences with names of their own stay as they are.
 *
 * @param {string} page
 */
export function updatePage(page) {
  return page
    .replace(
      /(<!-- lines -->\n)[\s\S]*?(<!-- end of lines -->)/,
      (_, before, after) => `${before}\n${formatTable()}\n\n${after}`,
    )
    .replace(/(^```tsx?\n)\/\/ ([\w./-]+)\n[\s\S]*?(^```)/gm, (fence, before, file, after) =>
      isSource(file) ? `${before}${readSource(file)}${after}` : fence,
    )
}
