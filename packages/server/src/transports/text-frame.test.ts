import { Receiver } from 'ws'
import { expect, test } from 'vitest'
import { textFrame } from './text-frame.js'

/** What `ws` itself reads out of a frame; a server's frames are unmasked, so it reads as a client. */
function read(frame: Buffer): Promise<string> {
  return new Promise((resolve, reject) => {
    const receiver = new Receiver({ isServer: false })
    receiver.on('message', (data: Buffer, isBinary: boolean) => {
      if (isBinary) reject(new Error('binary'))
      else resolve(data.toString())
    })
    receiver.on('error', reject)
    receiver.write(frame)
  })
}

test.each([0, 1, 125, 126, 127, 65_535, 65_536, 70_000])('a text of %i bytes is read back by ws', async (length) => {
  const text = 'x'.repeat(length)
  expect(await read(textFrame(text))).toBe(text)
})

test('the length is counted in bytes of UTF-8, and a lone surrogate becomes U+FFFD', async () => {
  const text = `${'é'.repeat(63)}💥`
  expect(await read(textFrame(text))).toBe(text)
  expect(await read(textFrame('a\ud800b'))).toBe('a\ufffdb')
})
