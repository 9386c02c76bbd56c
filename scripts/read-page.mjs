// Reads what check-docs.mjs needs from the text of one Markdown page. Knows fences, setup comments, headings and inline
// links; not the rest of Markdown.

/**
 * @typedef {object} Example
 * @property {string | undefined} name file name from the fence's first line
 * @property {string} language `ts` or `tsx`
 * @property {number} line where the fence begins, from 1
 * @property {string} text padded so that each line stands where it stands in the page
 */

/** The anchor that GitHub gives a heading.
 * @param {string} heading
 */
const slug = (heading) =>
  heading
    .trim()
    .toLowerCase()
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replace(/\s/g, '-')

/**
 * Splits a page into examples to compile, fragments to parse, links to follow and anchors to be linked to.
 *
 * @param {string} markdown
 */
export const readPage = (markdown) => {
  /** @type {Example[]} */
  const examples = []
  /** @type {Example[]} */
  const fragments = []
  /** @type {string[]} */
  const links = []
  /** @type {Set<string>} */
  const anchors = new Set()
  /** @type {Map<string, number>} */
  const uses = new Map()
  /** @type {{ indent: string, info: string, line: number, mark: string, lines: string[] } | undefined} */
  let fence
  /** @type {string[]} */
  let setup = []
  let inSetup = false

  markdown.split('\n').forEach((line, index) => {
    if (fence !== undefined) {
      if (line.trim() !== fence.mark) {
        fence.lines.push(line.startsWith(fence.indent) ? line.slice(fence.indent.length) : line)
        return
      }
      const [language = '', kind] = fence.info.split(/\s+/)
      if (language === 'ts' || language === 'tsx') {
        const name = fence.lines[0]?.match(/^\/\/ ([\w./-]+\.tsx?)\b/)?.[1]
        const text = [...setup, ...Array(fence.line - setup.length).fill(''), ...fence.lines, ''].join('\n')
        const into = kind === 'fragment' ? fragments : examples
        into.push({ name, language, line: fence.line, text })
      }
      fence = undefined
      setup = []
      return
    }
    if (inSetup) {
      if (line.includes('-->')) inSetup = false
      else setup[index] = line
      return
    }
    if (/^\s*<!-- setup\s*$/.test(line)) {
      setup = []
      inSetup = true
      return
    }
    const opened = line.match(/^(\s*)(`{3,})(.*)$/)
    if (opened !== null) {
      const [, indent = '', mark = '', info = ''] = opened
      setup = Array.from(setup, (known) => known ?? '')
      fence = { indent, mark, info: info.trim(), line: index + 1, lines: [] }
      return
    }
    const heading = line.match(/^#{1,6}\s+(.*)$/)?.[1]
    if (heading !== undefined) {
      const anchor = slug(heading)
      const used = uses.get(anchor) ?? 0
      uses.set(anchor, used + 1)
      anchors.add(used === 0 ? anchor : `${anchor}-${used}`)
    }
    for (const [, id = ''] of line.matchAll(/<a (?:id|name)="([^"]+)"/g)) anchors.add(id)
    const prose = line.replace(/`[^`]*`/g, '')
    for (const [, link = ''] of prose.matchAll(/\]\(([^)\s]+)\)/g)) if (!/^[a-z]+:/.test(link)) links.push(link)
  })
  return { examples, fragments, links, anchors }
}
