import { existsSync, readdirSync, readFileSync } from 'node:fs'
import type { RequestListener } from 'node:http'
import { extname } from 'node:path'

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
}

/** Serves the files below `folder` from memory: what is not in the table does not exist, whatever the path says. */
export function servePage(folder: URL): RequestListener {
  const files = new Map<string, { type: string; body: Buffer }>()
  for (const name of existsSync(folder) ? readdirSync(folder, { recursive: true, encoding: 'utf8' }) : []) {
    const type = TYPES[extname(name)]
    const path = `/${name.replaceAll('\\', '/')}`
    if (type !== undefined) files.set(path, { type, body: readFileSync(new URL(`.${path}`, folder)) })
  }
  return ({ url = '/' }, response) => {
    const [path = '/'] = url.split('?', 1)
    const file = files.get(path === '/' ? '/index.html' : path)
    if (file === undefined) response.writeHead(404, { 'content-type': 'text/plain' }).end('There is no such page.\n')
    else response.writeHead(200, { 'content-type': file.type, 'x-content-type-options': 'nosniff' }).end(file.body)
  }
}
