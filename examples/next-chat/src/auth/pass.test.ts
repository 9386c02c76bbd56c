import { expect, onTestFinished, test, vi } from 'vitest'
import { createPasses, PASS_LASTS_MS, readCookie } from './pass'

const passes = createPasses('a secret')

test('a pass tells whose it is', () => {
  expect(passes.read(passes.issue('Ada'))).toMatchObject({ name: 'Ada' })
})

test('a pass that was changed, signed by somebody else or never made is none', () => {
  const [body = '', signature = ''] = passes.issue('Ada').split('.')
  const bobs = Buffer.from(JSON.stringify({ name: 'Bob', expiresAtMs: Date.now() + 1_000 })).toString('base64url')
  for (const cookie of [
    undefined,
    '',
    '.',
    'x',
    body,
    `${body}.`,
    `${bobs}.${signature}`,
    createPasses('other').issue('Ada'),
  ])
    expect(passes.read(cookie)).toBeUndefined()
})

test('a pass is over after a week', () => {
  const cookie = passes.issue('Ada')
  vi.useFakeTimers({ now: Date.now() + PASS_LASTS_MS, toFake: ['Date'] })
  onTestFinished(() => void vi.useRealTimers())
  expect(passes.read(cookie)).toBeUndefined()
})

test('a cookie is found among others', () => {
  expect(readCookie('a=1; pass=x.y; b=2', 'pass')).toBe('x.y')
  expect(readCookie(undefined, 'pass')).toBeUndefined()
})
