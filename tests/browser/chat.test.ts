import { eventually } from '@trunkline/testkit'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { BUILD_TIMEOUT_MS } from './support/build-example.js'
import { launchChromium } from './support/chromium.js'
import { type Example, startExample } from './support/example.js'
import { openPage } from './support/open-page.js'
import { takeScreenshot } from './support/screenshot.js'

let chat: Example
let browser: Browser

beforeAll(async () => {
  chat = await startExample('chat')
  browser = await launchChromium()
}, BUILD_TIMEOUT_MS)

afterAll(async () => {
  await browser?.close()
  await chat?.stop()
})

async function enter(name: string, room: string): Promise<Page> {
  const { page, problems, close } = await openPage(browser, chat.url)
  onTestFinished(async () => {
    await close()
    expect(problems).toEqual([])
  })
  await page.getByLabel('Your name').fill(name)
  await page.getByLabel('Room').fill(room)
  await page.getByLabel('Room').press('Enter')
  await page.getByLabel('Message', { exact: true }).waitFor()
  return page
}

async function say(page: Page, text: string): Promise<void> {
  await page.getByLabel('Message', { exact: true }).fill(text)
  await page.getByLabel('Message', { exact: true }).press('Enter')
}

test('who is at the end of the list stays there, and who reads further up until they write', async () => {
  const ada = await enter('Ada', 'scrolling')
  const bob = await enter('Bob', 'scrolling')
  const list = ada.getByRole('log')
  const isAtEnd = (): Promise<boolean> =>
    list.evaluate(({ scrollHeight, scrollTop, clientHeight }) => scrollHeight - scrollTop - clientHeight < 2)
  await say(bob, 'and another line\n'.repeat(60))
  await eventually(async () => (await list.evaluate(({ scrollTop }) => scrollTop)) > 0)
  await eventually(isAtEnd)
  // The keyboard of a phone comes up.
  await ada.setViewportSize({ width: 390, height: 400 })
  await eventually(isAtEnd)

  await list.press('Home')
  await eventually(() => list.evaluate(({ scrollTop }) => scrollTop === 0))
  await say(bob, 'Still reading?')
  await list.getByText('Still reading?').waitFor()
  expect(await list.evaluate(({ scrollTop }) => scrollTop)).toBe(0)
  await say(ada, 'Not any more.')
  await eventually(isAtEnd)
})

test('a screen reader hears on a phone, too, who is there and who said what', async () => {
  const ada = await enter('Ada', 'heard')
  await ada.setViewportSize({ width: 390, height: 800 })
  const bob = await enter('Bob', 'heard')
  await ada.getByText('Bob joined').waitFor()
  await say(bob, 'Milk?')
  await ada.getByText('Milk?').waitFor()
  await say(ada, 'Please.')
  const heard = new RegExp(
    ['- list "In this room":', '- listitem: Ada', '- listitem: Bob']
      .concat('- log "Messages":', '- list:', '- listitem: Bob joined')
      .concat('- text: Bob', '- paragraph: Milk\\?', '- text: Ada', '- paragraph: Please.')
      .join('[^]*'),
  )
  // While a message is being sent, nobody's name stands before it.
  await eventually(async () => {
    expect(await ada.getByRole('main').ariaSnapshot()).toMatch(heard)
    return true
  })
})

test('names and messages of every kind stay what they are, and inside the screen', async () => {
  const room = 'V'.repeat(32)
  const ada = await enter('Ada', room)
  const wide = await Promise.all(['W', 'M'].map((letter) => enter(letter.repeat(24), room)))
  const other = await enter('<b>constructor</b>', room)
  const [markup, arabic, long] = ['<img src=x onerror=alert(1)>', 'مرحبا بالجميع! (123)', 'x'.repeat(2_000)]
  for (const text of [long, arabic, markup]) await say(other, text)
  for (const text of [long, arabic, markup]) await ada.getByText(text, { exact: true }).waitFor()
  expect(await ada.getByText(arabic).evaluate((text) => getComputedStyle(text).direction)).toBe('rtl')
  // A slow machine takes longer than somebody is said to write: they write until it is seen of both at once.
  await eventually(async () => {
    await Promise.all(wide.map((page) => page.getByLabel('Message', { exact: true }).pressSequentially('a')))
    return ada.getByText(/are writing …$/).isVisible()
  })
  for (const width of [1280, 390]) {
    await ada.setViewportSize({ width, height: 800 })
    expect(await ada.evaluate(() => document.documentElement.scrollWidth)).toBe(width)
  }
  await takeScreenshot(ada, 'chat-phone-odd')

  await say(ada, 'y'.repeat(10_000))
  await ada.getByText('A message has at most 2000 characters; this one has 10000.').waitFor()
  expect((await ada.getByLabel('Message', { exact: true }).inputValue()).length).toBe(10_000)
})
