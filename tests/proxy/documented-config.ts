/**
 * The nginx configuration of docs/guide/proxy.md, made to run on the ports of a test.
 *
 * Not another configuration beside it. Rule: every replacement finds what it replaces, or the page has changed and a test
 * fails.
 */
import { readFileSync } from 'node:fs'

/** What differs from the page. */
export interface DocumentedConfigOptions {
  /** Where nginx listens. */
  readonly port: number
  /** Ports of the servers behind it. One stands in `proxy_pass`; two are the page's `upstream`. */
  readonly targets: readonly [number] | readonly [number, number]
  /** In place of the page's `proxy_read_timeout`. */
  readonly readTimeout?: string | undefined
  /** Takes the page's `ip_hash` out, so that each connection goes to the next server. */
  readonly roundRobin?: boolean | undefined
  /** Other replacements, for negative controls. */
  readonly replace?: Readonly<Record<string, string>> | undefined
}

const PAGE = new URL('../../docs/guide/proxy.md', import.meta.url)

/** What belongs into `http { … }`. */
export function documentedConfig(options: DocumentedConfigOptions): string {
  const [main = '', upstream = ''] = fencesOf(readFileSync(PAGE, 'utf8'))
  const { port, targets, readTimeout = '60s', roundRobin = false, replace = {} } = options
  const [first, second] = targets
  const changes: Record<string, string> = {
    'listen 80;': `listen 127.0.0.1:${port};`,
    'http://127.0.0.1:3000;': second === undefined ? `http://127.0.0.1:${first};` : 'http://trunkline;',
    'proxy_read_timeout 60s;': `proxy_read_timeout ${readTimeout};`,
    ...replace,
  }
  const server = Object.entries(changes).reduce(replaceOnce, main)
  if (second === undefined) return server
  const balanced: Record<string, string> = {
    'server 127.0.0.1:3000;': `server 127.0.0.1:${first};`,
    'server 127.0.0.1:3001;': `server 127.0.0.1:${second};`,
    ...(roundRobin ? { 'ip_hash;': '' } : {}),
  }
  return `${Object.entries(balanced).reduce(replaceOnce, upstream)}\n${server}`
}

function fencesOf(markdown: string): string[] {
  return [...markdown.matchAll(/^```nginx\n(.*?)^```$/gms)].map(([, text = '']) => text)
}

function replaceOnce(text: string, [from, to]: [string, string]): string {
  const parts = text.split(from)
  if (parts.length !== 2) throw new Error(`docs/guide/proxy.md has \`${from}\` ${parts.length - 1} times, not once.`)
  return parts.join(to)
}
