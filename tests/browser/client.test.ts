import { createServer as createHttpServer } from 'node:http'
import { fileURLToPath } from 'node:url'
import { createServer } from '@trunkline/server'
import { createFaultProxy } from '@trunkline/testkit'
import type { Browser } from 'playwright-core'
import { build } from 'vite'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { listen } from '../support/listen.js'
import { router } from './client/router.js'
import type { Report } from './client/scenario.js'
import { launchChromium } from './support/chromium.js'

let browser: Browser
const scripts = new Map<string, string>()

beforeAll(async () => {
  browser = await launchChromium()
  for (const name of ['page', 'worker']) scripts.set(`/${name}.js`, await bundle(name))
})

afterAll(() => browser?.close())

/** One of the scripts in `client/`, with the client as a browser's bundler takes it. */
async function bundle(name: string): Promise<string> {
  const entry = fileURLToPath(new URL(`client/${name}.ts`, import.meta.url))
  const result = await build({
    configFile: false,
    logLevel: 'silent',
    resolve: { conditions: ['@trunkline/source', 'browser', 'module', 'import', 'default'] },
    build: { write: false, minify: false, lib: { entry, formats: ['iife'], name, fileName: name } },
  })
  const [chunk] = [result].flat().flatMap((built) => ('output' in built ? built.output : []))
  if (chunk?.type !== 'chunk') throw new Error(`Vite built no script of ${name}.`)
  return chunk.code
}

/** Serves the page and the router behind a network that `cut` breaks; returns the page's address. */
async function serve(): Promise<string> {
  const server = createServer({
    router,
    authenticate: ({ request }) => ({ identity: request.headers['user-agent'] ?? 'nobody' }),
    context: () => ({ cut: () => proxy.cutAll() }),
  })
  const http = createHttpServer((request, response) => {
    const script = scripts.get(request.url ?? '')
    response.setHeader('content-type', script === undefined ? 'text/html' : 'text/javascript')
    response.end(script ?? '<!doctype html><title>client</title><script src="/page.js"></script>')
  })
  server.attach(http, { path: '/trunkline' })
  const proxy = await createFaultProxy({ targetPort: await listen(http) })
  onTestFinished(() => proxy.close())
  onTestFinished(() => server.close())
  return `http://127.0.0.1:${proxy.port}`
}

test.each(['runInPage', 'runInWorker'])(
  '%s: nothing is lost or repeated in Chromium, over a broken network',
  async (run) => {
    const url = await serve()
    const page = await browser.newPage()
    onTestFinished(() => page.close())
    const problems: string[] = []
    page.on('pageerror', (error) => problems.push(String(error)))
    await page.goto(url)
    const report = (await page.evaluate(
      // The page's script has put both functions there.
      ([name, address]) =>
        (globalThis as never as Record<string, (url: string, place: string) => unknown>)[name]?.(address, name),
      [run, `${url.replace('http', 'ws')}/trunkline`] as const,
    )) as Report
    expect(report).toEqual({
      rich: [7, [1], '7', [1, 2, 255], 'me.png', 'image/png', 'photo'],
      items: 1_000,
      events: Array.from({ length: 100 }, (_, n) => n),
      gaps: 0,
      members: [run],
      sums: Array.from({ length: 32 }, (_, n) => n + 1),
      cut: 'answered behind the cut',
      states: expect.arrayContaining(['open', 'reconnecting']),
    })
    expect(problems).toEqual([])
  },
)
