import { type ChildHandle, eventually, startProcess } from '@trunkline/testkit'
import { expect, onTestFinished, test } from 'vitest'
import { openPeer } from '../support/open-peer.js'

const MIB = 1_048_576

async function growthWithStoppedReader(args: string[], until: (yielded: number) => boolean): Promise<number> {
  const child = await startProcess(new URL('./backpressure-server.ts', import.meta.url), args, {
    nodeFlags: ['--expose-gc'],
  })
  onTestFinished(() => child.stop())
  const peer = await openPeer(`ws://127.0.0.1:${Number(child.ready)}`)
  const before = Number(await child.request('memory'))
  peer.pauseReading()
  peer.sends({ subscribe: 1, path: 'flood' })
  await eventually(async () => until(await yieldedBy(child)), { timeoutMs: 20_000 })
  const growth = (Number(await child.request('memory')) - before) / MIB
  console.log(
    `${args.join(' ') || 'with credit'}: ${await yieldedBy(child)} items pulled, server grew by ${growth.toFixed(1)} MiB`,
  )
  return growth
}

async function yieldedBy(child: ChildHandle): Promise<number> {
  return Number(await child.request('yielded'))
}

test('4,000 items of 64 KiB for a client that stops reading grow the server by less than 8 MiB', async () => {
  let last = -1
  let unchanged = 0
  // Settled: the number of pulled items has been the same fifty times in a row.
  const growth = await growthWithStoppedReader([], (yielded) => {
    unchanged = yielded > 0 && yielded === last ? unchanged + 1 : 0
    last = yielded
    return unchanged === 50
  })
  expect(last).toBeLessThan(16)
  expect(growth).toBeLessThan(8)
})

test('negative control: without credit the same client grows it by hundreds', async () => {
  const growth = await growthWithStoppedReader(['--no-credit'], (yielded) => yielded === 4_000)
  expect(growth).toBeGreaterThan(200)
})
