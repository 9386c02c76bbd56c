import { EventEmitter } from 'node:events'
import { createServer } from 'node:net'
import { expect, test } from 'vitest'
import { createLeakCheck } from './leak-check.js'
import { createVirtualClock } from './virtual-clock.js'

test('finds nothing when everything was ended', async () => {
  const check = createLeakCheck()
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  expect(check.leaks()).toContain('TCPServerWrap +1')
  server.close()
  await check.nothingIsLeft()
})

test('waits for what is about to end by itself', async () => {
  const check = createLeakCheck()
  setTimeout(() => {}, 30)
  expect(check.leaks()).toEqual(['Timeout +1'])
  await check.nothingIsLeft()
})

test('names timers and listeners that stay', async () => {
  const emitter = new EventEmitter()
  const clock = createVirtualClock()
  const check = createLeakCheck({ emitters: [emitter], clocks: [clock] })
  const listener = (): void => {}
  emitter.on('changed', listener)
  process.on('SIGUSR2', listener)
  const cancel = clock.schedule(() => {}, 1_000)
  try {
    await expect(check.nothingIsLeft({ timeoutMs: 20 })).rejects.toThrow(
      /Left behind: .*process 'SIGUSR2' listener \+1, emitter 1 'changed' listener \+1, virtual timer \+1/,
    )
  } finally {
    emitter.off('changed', listener)
    process.off('SIGUSR2', listener)
    cancel()
  }
  await check.nothingIsLeft()
})
