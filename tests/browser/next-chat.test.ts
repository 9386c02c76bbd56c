/**
 * The Next.js example as people meet it: its production server, its pages in Chromium, two of them in each other's way.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient } from '@trunkline/client'
import { eventually } from '@trunkline/testkit'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { WebSocket } from 'ws'
import { BUILD_TIMEOUT_MS } from './support/build-example.js'
import { launchChromium } from './support/chromium.js'
import { type Example, startExample } from './support/example.js'
import { createNetwork, type Network } from './support/network.js'
import { openPage } from './support/open-page.js'
import { takeScreenshot } from './support/screenshot.js'

const folder = mkdtempSync(join(tmpdir(), 'next-chat-'))
let chat: Example
let browser: Browser

const start = (port = 0): Promise<Example> => startExample('next-chat', { port, env: { CHAT_DATA: folder } })

beforeAll(async () => {
  chat = await start()
  browser = await launchChromium()
}, BUILD_TIMEOUT_MS)

afterAll(async () => {
  await browser?.close()
  await chat?.stop()
  rmSync(folder, { recursive: true, force: true })
})

interface Person {
  readonly page: Page
  /** Writes as a person does. */
  say(text: string): Promise<void>
  /** Waits until exactly these were said in the room, in this order. */
  hears(...texts: string[]): Promise<void>
  /** Waits until a text is on the page. */
  sees(text: string): Promise<void>
  /** Waits until it is not. */
  seesNoMore(text: string): Promise<void>
}

/** Somebody who signs in and goes to a room of their own test. */
async function enter(name: string, room: string, url = chat.url, on = browser): Promise<Person> {
  const { page, problems, close } = await openPage(on, url)
  onTestFinished(async () => {
    await close()
    expect(problems).toEqual([])
  })
  await page.getByLabel('Your name').fill(name)
  await page.getByRole('button', { name: 'Enter' }).click()
  await page.waitForURL('**/rooms/general')
  await page.getByLabel('Open a room').fill(room)
  await page.getByLabel('Open a room').press('Enter')
  await page.getByRole('heading', { name: `# ${room}` }).waitFor()
  await isLive(page)
  return {
    page,
    say: async (text) => {
      await page.getByLabel('Message', { exact: true }).fill(text)
      await page.getByLabel('Message', { exact: true }).press('Enter')
    },
    hears: async (...texts) => {
      await eventually(async () => {
        expect(await textsOf(page)).toEqual(texts)
        return true
      })
    },
    sees: (text) => page.getByText(text, { exact: true }).waitFor(),
    seesNoMore: (text) => page.getByText(text, { exact: true }).waitFor({ state: 'hidden' }),
  }
}

const isLive = (page: Page): Promise<void> => page.getByText('Live', { exact: true }).waitFor({ state: 'attached' })
const textsOf = (page: Page): Promise<string[]> => page.locator('[data-message] > div > div > p').allInnerTexts()

async function reach(): Promise<Network> {
  const network = await createNetwork(chat)
  onTestFinished(() => network.close())
  return network
}

test('two people see each other come and write, talk, see what was seen, and part', async () => {
  const ada = await enter('Ada', 'tea')
  const bob = await enter('Bob', 'tea')
  await ada.sees('Bob joined')
  await ada.page.getByRole('list', { name: 'Here now' }).getByText('Bob').waitFor({ state: 'attached' })

  await bob.page.getByLabel('Message', { exact: true }).pressSequentially('Mil')
  await ada.sees('Bob is writing')
  // Nobody says that Bob stopped.
  await ada.seesNoMore('Bob is writing')

  await bob.say('Milk or lemon?')
  await ada.hears('Milk or lemon?')
  await bob.sees('Seen by Ada')
  await ada.say('Lemon, please.')
  await bob.hears('Milk or lemon?', 'Lemon, please.')
  await ada.sees('Seen by Bob')

  await bob.page.getByRole('link', { name: '# random' }).click()
  await ada.sees('Bob left')
  await ada.say('Was it the lemon?')
  await bob.page.getByRole('link', { name: /# tea unread Ada: Was it the lemon/ }).click()
  await bob.hears('Milk or lemon?', 'Lemon, please.', 'Was it the lemon?')
})

test('a reload shows the history in the first paint, and it is neither gone for a moment nor fetched again', async () => {
  const ada = await enter('Ada', 'reload')
  for (const text of ['One', 'Two', 'Three']) await ada.say(text)
  await ada.hears('One', 'Two', 'Three')

  await ada.page.addInitScript(() => {
    const counts: number[] = []
    Object.assign(window, { counts })
    new MutationObserver(() => counts.push(document.querySelectorAll('[data-message]').length)).observe(document, {
      childList: true,
      subtree: true,
    })
  })
  const received: string[] = []
  ada.page.on('websocket', (socket) => {
    socket.on('framereceived', ({ payload }) => received.push(String(payload)))
  })
  const response = await ada.page.reload()
  const html = (await response?.text()) ?? ''
  for (const text of ['One', 'Two', 'Three']) expect(html).toContain(`>${text}</p>`)
  await isLive(ada.page)
  await ada.say('Four')
  await ada.hears('One', 'Two', 'Three', 'Four')

  const counts = await ada.page.evaluate(() => (window as unknown as { counts: number[] }).counts)
  // The page is parsed piece by piece; from when the history is there it stays.
  expect(counts.slice(counts.findIndex((count) => count > 0)).every((count) => count >= 3)).toBe(true)
  expect(received.join()).toContain('Four')
  expect(received.join()).not.toContain('Two')
})

test('a cut network is told, and nothing is lost, repeated or out of order when it is back', async () => {
  const network = await reach()
  const ada = await enter('Ada', 'cut', network.url)
  const bob = await enter('Bob', 'cut')
  await bob.say('Before')
  await ada.hears('Before')

  network.cut()
  await ada.sees('The connection is away. Reconnecting; what you write is sent then.')
  for (const text of ['One', 'Two', 'Three']) await bob.say(text)
  await ada.say('Written offline')
  await ada.sees('Sending …')
  await bob.hears('Before', 'One', 'Two', 'Three')
  await ada.hears('Before')
  await takeScreenshot(ada.page, 'next-chat-away')
  // Another room would be the browser's error page, and what was written would be gone with this one.
  await ada.page.getByRole('link', { name: '# random' }).press('Enter')
  await ada.page.getByLabel('Open a room').fill('elsewhere')
  await ada.page.getByLabel('Open a room').press('Enter')
  await network.restore(ada.page)

  await ada.sees('Back again, and caught up: 3 new messages.')
  await takeScreenshot(ada.page, 'next-chat-caught-up')
  await bob.hears('Before', 'One', 'Two', 'Three', 'Written offline')
  await ada.hears('Before', 'One', 'Two', 'Three', 'Written offline')
  await ada.seesNoMore('Sending …')
  expect(await ada.page.getByText('Bob left').count()).toBe(0)
})

test('a killed server that comes back has everything that was said, and what was written meanwhile', async () => {
  const ada = await enter('Ada', 'restart')
  const bob = await enter('Bob', 'restart')
  await ada.say('Before')
  await bob.hears('Before')

  await chat.stop('SIGKILL')
  await ada.sees('The connection is away. Reconnecting; what you write is sent then.')
  await bob.sees('The connection is away. Reconnecting; what you write is sent then.')
  await ada.say('Is it away for you, too?')
  await ada.sees('Sending …')
  chat = await start(chat.port)
  // Both try again now: how long they would wait is random.
  for (const { page } of [ada, bob]) await page.evaluate(() => window.dispatchEvent(new Event('online')))

  for (const { hears, page } of [ada, bob]) {
    await hears('Before', 'Is it away for you, too?')
    await isLive(page)
  }
  await bob.say('It was.')
  await ada.hears('Before', 'Is it away for you, too?', 'It was.')
  await ada.sees('Seen by Bob')
  expect(await ada.page.getByText(/Bob (left|joined)/).allInnerTexts()).toEqual(['Bob joined'])
})

test('what a person writes is sent over plain HTTP, too, and seen by who wrote it', async () => {
  const ada = await enter('Ada', 'plain')
  // As a browser has it where a page came neither over HTTPS nor from localhost.
  await ada.page.addInitScript(() => Reflect.deleteProperty(Crypto.prototype, 'randomUUID'))
  await ada.page.reload()
  await isLive(ada.page)
  const long = 'and another line\n'.repeat(60).trim()
  await ada.say(long)
  await ada.hears(long)
  const list = ada.page.getByRole('log')
  await list.press('Home')
  // In a reversed column the end is at 0.
  await eventually(() => list.evaluate(({ scrollTop }) => scrollTop < -100))
  await ada.say('Done.')
  await ada.hears(long, 'Done.')
  await eventually(() => list.evaluate(({ scrollTop }) => scrollTop === 0))
})

test('a tab that slept while its connection died wakes up to everything that was said', async () => {
  const network = await reach()
  // A browser of her own, all pages of which can be put to sleep: Chromium freezes none that is in sight.
  const laptop = await launchChromium()
  onTestFinished(() => laptop.close())
  const ada = await enter('Ada', 'sleep', network.url, laptop)
  const bob = await enter('Bob', 'sleep')
  await bob.say('Before')
  await ada.hears('Before')
  await ada.page.evaluate(() => {
    let lastMs = Date.now()
    const asleep = { longestMs: 0 }
    Object.assign(window, { asleep })
    setInterval(() => {
      asleep.longestMs = Math.max(asleep.longestMs, Date.now() - lastMs)
      lastMs = Date.now()
    }, 10)
  })

  const { processInfo } = await (await laptop.newBrowserCDPSession()).send('SystemInfo.getProcessInfo')
  const renderers = processInfo.filter(({ type }) => type === 'renderer').map(({ id }) => id)
  for (const pid of renderers) process.kill(pid, 'SIGSTOP')
  const sleptFromMs = Date.now()
  let sleptMs: number
  try {
    network.cut()
    for (const text of ['One', 'Two', 'Three']) await bob.say(text)
    await bob.hears('Before', 'One', 'Two', 'Three')
    await network.restore()
    sleptMs = Date.now() - sleptFromMs
  } finally {
    for (const pid of renderers) process.kill(pid, 'SIGCONT')
  }

  await ada.hears('Before', 'One', 'Two', 'Three')
  await isLive(ada.page)
  // It did sleep: awake, its timer would have run all the time.
  const longestMs = await ada.page.evaluate(
    () => (window as unknown as { asleep: { longestMs: number } }).asleep.longestMs,
  )
  expect(longestMs).toBeGreaterThan(sleptMs / 10)
})

test('strangers, other paths and a taken port are told so', async () => {
  const { connection } = createClient({ url: `${chat.url.replace('http', 'ws')}/trunkline` })
  await expect(connection.connect()).rejects.toThrow('Nobody is signed in here.')
  expect(connection.status).toMatchObject({ state: 'closed', reason: 'UNAUTHENTICATED' })

  for (const path of ['/other', '/trunkline-2', '/']) {
    const socket = new WebSocket(`${chat.url.replace('http', 'ws')}${path}`)
    expect(await new Promise((resolve) => socket.on('error', ({ message }) => resolve(message)))).toBe('socket hang up')
  }

  const page = await fetch(`${chat.url}/rooms/general`, { redirect: 'manual' })
  expect([page.status, page.headers.get('location')]).toEqual([307, '/'])
  await expect(start(chat.port)).rejects.toThrow(/ready\.\nPort \d+ is taken: .*\n$/)
})

test('names and messages of every kind stay what they are, and inside the screen', async () => {
  const ada = await enter('Ada', 'odd')
  const wide = await Promise.all(['W', 'M'].map((letter) => enter(letter.repeat(24), 'odd')))
  const html = await enter('<b>Bob</b>', 'odd')
  const maryam = await enter('مريم', 'odd')
  const long = 'x'.repeat(2_000)
  const [markup, arabic] = ['<img src=x onerror=alert(1)>', 'مرحبا بالجميع! (123)']
  await html.say(markup)
  await maryam.say(arabic)
  await wide[0]?.say(long)
  await ada.hears(markup, arabic, long)
  expect(await ada.page.getByText(arabic).evaluate((text) => getComputedStyle(text).direction)).toBe('rtl')
  await ada.page.setViewportSize({ width: 390, height: 844 })
  // A slow machine takes longer than somebody is said to write: they write until it is seen of several at once.
  await eventually(async () => {
    await Promise.all(wide.map(({ page }) => page.getByLabel('Message', { exact: true }).pressSequentially('a')))
    return ada.page.getByText(/are writing$/).isVisible()
  })
  const width = (): Promise<number> => ada.page.evaluate(() => document.documentElement.scrollWidth)
  expect(await width()).toBe(390)
  await takeScreenshot(ada.page, 'next-chat-phone-odd')

  // What is too long is told, and still there to be made shorter.
  const box = ada.page.getByLabel('Message', { exact: true })
  await ada.say('y'.repeat(10_000))
  expect(await box.evaluate((text: HTMLTextAreaElement) => text.validationMessage)).toContain('at most 2000 characters')
  expect((await box.inputValue()).length).toBe(10_000)
  expect(await width()).toBe(390)
  await ada.say('Sorry')
  await maryam.hears(markup, arabic, long, 'Sorry')
})

test('it looks right on a desk and on a phone, by day and by night', async () => {
  const room = 'garden-party'
  const ada = await enter('Ada', room)
  const bob = await enter('Bob', room)
  const cy = await enter('Cy', room)
  await bob.say('Who brings the chairs on Saturday?')
  await bob.say('We were eleven last year, and sat on crates.')
  await cy.say('I have four, and a bench that holds three if nobody leans back.')
  await ada.say(
    'Then I bring five. Shall we meet at noon? It takes an hour to set up, and the strawberries want shade.',
  )
  await cy.say('Noon is fine.')
  await ada.sees('Noon is fine.')
  await ada.sees('Cy joined')
  await bob.page.getByLabel('Message', { exact: true }).pressSequentially('I')
  await ada.sees('Bob is writing')
  for (const colorScheme of ['light', 'dark'] as const) {
    for (const [device, width, height] of [
      ['desk', 1280, 800],
      ['phone', 390, 844],
    ] as const) {
      await ada.page.setViewportSize({ width, height })
      await ada.page.emulateMedia({ colorScheme })
      await takeScreenshot(ada.page, `next-chat-${device}-${colorScheme}`)
      // Nothing is wider than the screen.
      expect(await ada.page.evaluate(() => document.documentElement.scrollWidth)).toBe(width)
    }
  }
  await ada.page.getByRole('button', { name: 'Rooms' }).press('Enter')
  await takeScreenshot(ada.page, 'next-chat-phone-rooms')
  await ada.page.getByRole('link', { name: '# random' }).press('Enter')
  await ada.page.getByText('Nothing was said here yet. Say hello.').waitFor()
  await ada.page.getByRole('button', { name: 'Rooms' }).click()
  await ada.page.getByRole('button', { name: 'Sign out' }).click()
  await ada.page.getByLabel('Your name').waitFor()
  await takeScreenshot(ada.page, 'next-chat-phone-sign-in')
})
