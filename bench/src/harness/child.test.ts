import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { Child } from './child.js'

const workerPath = fileURLToPath(new URL('./testing/silent-worker.mjs', import.meta.url))

test('a command without an answer fails after the timeout', async () => {
  const child = new Child({ workerPath, arguments: ['client', 'ws'], commandTimeoutMs: 200 })
  try {
    await child.ready()
    await expect(child.run('calls', 100)).rejects.toThrow('client ws: calls had no answer after 200 ms')
  } finally {
    await child.stop()
  }
})

test('a command fails at once when its process ends', async () => {
  const child = new Child({ workerPath, arguments: ['client', 'ws'] })
  await child.ready()
  const answer = child.run('calls', 100)
  const ended = expect(answer).rejects.toThrow('client ws ended with code 0')
  await child.stop()
  await ended
})
