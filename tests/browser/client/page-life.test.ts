import { createServer as createHttpServer } from 'node:http'
import { fileURLToPath } from 'node:url'
import { createServer, type Server } from '@trunkline/server'
import { eventually } from '@trunkline/testkit'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { build } from 'vite'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { listen } from '../../support/listen.js'
import { launchChromium } from '../support/chromium.js'
import type { Life } from './life.js'
import { router } from './router.js'

let browser: Browser
let script: string

beforeAll(async () => {
  // Playwright turns it off, and real browsers have it on: a page that is left is kept, and shown again as it was.
  browser = await launchChromium({ ignoreDefaultArgs: ['--disable-back-forward-cache'] })
  script = await bundle()
})

afterAll(() => browser?.close())

async function bundle(): Promise<string> {
  const entry = fileURLToPath(new URL('life.ts', import.meta.url))
  const result = await build({
    configFile: false,
    logLevel: 'silent',
    resolve: { conditions: ['@trunkline/source', 'browser', 'module', 'import', 'default'] },
    build: { write: false, minify: false, lib: { entry, formats: ['iife'], name: 'page', fileName: 'page' } },
  })
  const [chunk] = [result].flat().flatMap((built) => ('output' in built ? built.output : []))
  if (chunk?.type !== 'chunk') throw new Error('Vite built no script.')
  return chunk.code
}

interface Site {
  readonly server: Server
  readonly url: string
  /** What the server told of sessions and connections. */
  readonly told: string[]
  context(): Promise<BrowserContext>
  say(n: number): Promise<unknown>
}

/** A site of two pages: `/` has a client, `/other` has none. Silence alone tells its server nothing for a minute. */
async function serve(): Promise<Site> {
  const server = createServer({
    router,
    context: () => ({ cut: () => {} }),
    presence: { graceMs: 200 },
    heartbeat: { intervalMs: 60_000, timeoutMs: 60_000 },
  })
  const told: string[] = []
  server.on('session-opened', () => told.push('opened'))
  server.on('session-resumed', () => told.push('resumed'))
  server.on('session-ended', ({ reason }) => told.push(reason))
  server.on('connection-closed', () => told.push('closed'))
  const http = createHttpServer((request, response) => {
    const isScript = request.url === '/page.js'
    response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html')
    const body = request.url === '/other' ? '' : '<script src="/page.js"></script>'
    response.end(isScript ? script : `<!doctype html><title>life</title>${body}`)
  })
  server.attach(http, { path: '/trunkline' })
  const url = `http://127.0.0.1:${await listen(http)}`
  onTestFinished(() => server.close())
  return {
    server,
    url,
    told,
    context: async () => {
      const context = await browser.newContext()
      onTestFinished(() => context.close())
      return context
    },
    say: (n) => server.publish(router['~routes'].room, { room: 'life' }, n),
  }
}

/** Starts the client of a page. */
function live(page: Page, url: string, options: object = {}): Promise<unknown> {
  return page.evaluate(
    ([address, chosen]) =>
      // The page's script has put it there.
      (globalThis as never as { live(url: string, options: object): Promise<void> }).live(address, chosen),
    [`${url.replace('http', 'ws')}/trunkline`, options] as const,
  )
}

function lifeOf(page: Page): Promise<Life> {
  return page.evaluate(() => (globalThis as never as { life: Life }).life)
}

/** A page from the cache is not loaded: Playwright waits for a load that does not come. */
async function goBack(page: Page): Promise<void> {
  await page.evaluate(() => history.back())
  await page.waitForFunction(() => 'life' in globalThis)
}

test('a page that is left and kept by the browser lets go of its connection, and goes on when it is shown again', async () => {
  const { server, url, told, context, say } = await serve()
  const page = await (await context()).newPage()
  await page.goto(url)
  await live(page, url)
  await say(1)
  await eventually(async () => (await lifeOf(page)).events.length === 1)

  await page.goto(`${url}/other`)
  await eventually(() => server.metrics().connections === 0)
  expect(told).toEqual(['opened', 'closed'])

  await say(2)
  await goBack(page)
  await eventually(async () => (await lifeOf(page)).events.length === 2)
  expect(told).toEqual(['opened', 'closed', 'resumed'])
  const { events, gaps, states } = await lifeOf(page)
  expect(events).toEqual([1, 2])
  expect(gaps).toBe(0)
  expect(states).toEqual(['open', 'reconnecting freeze', 'reconnecting freeze', 'open'])
})

test('a page that closes its client when it is left says goodbye, kept or not', async () => {
  const { url, told, context } = await serve()
  const page = await (await context()).newPage()
  await page.goto(url)
  await live(page, url, { closesOnLeave: true })
  await page.goto(`${url}/other`)
  await eventually(() => told.length === 3)
  expect(told).toEqual(['opened', 'bye', 'closed'])

  await page.goto(url)
  await live(page, url, { closesOnLeave: true })
  await page.close({ runBeforeUnload: true })
  await eventually(() => told.length === 6)
  expect(told.slice(3)).toEqual(['opened', 'bye', 'closed'])
})

test('a tab that was duplicated has a session of its own, and goes on behind the same place', async () => {
  const { url, told, context, say } = await serve()
  const pages = await context()
  const page = await pages.newPage()
  await page.goto(url)
  await live(page, url)
  await say(1)
  await eventually(async () => (await lifeOf(page)).events.length === 1)

  // What opens a tab hands it a copy of its sessionStorage, as duplicating one does.
  const [copy] = await Promise.all([pages.waitForEvent('page'), page.evaluate(() => void window.open('/'))])
  await copy.waitForFunction(() => 'life' in globalThis)
  await live(copy, url)
  await say(2)
  for (const [tab, seen] of [
    [page, [1, 2]],
    [copy, [2]],
  ] as const) {
    await eventually(async () => (await lifeOf(tab)).events.length === seen.length)
    expect(await lifeOf(tab)).toEqual({ events: seen, gaps: 0, states: ['open'] })
  }
  expect(told).toEqual(['opened', 'opened'])
})
