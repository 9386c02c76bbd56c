import { trunkline } from '@trunkline/core'
import { eventually } from '@trunkline/testkit'
import { expect, onTestFinished, test, vi } from 'vitest'
import { openPeer, startServer } from '../support/open-peer.js'

const t = trunkline()
const router = t.router({
  ping: t.procedure.query(() => 'pong'),
  hang: t.procedure.query(() => new Promise(() => {})),
})

/** The wall clock goes on from another time, as when it is corrected. */
function shiftWall(byMs: number): void {
  const real = Date.now
  const spy = vi.spyOn(Date, 'now').mockImplementation(() => real.call(Date) + byMs)
  onTestFinished(() => spy.mockRestore())
}

test('P5.4: when the wall clock is set back an hour, handshakes, deadlines and sessions go on', async () => {
  const { url, server } = await startServer({ router, resumeMs: 50, limits: { handshakesPerSecond: 10 } })
  const peer = await openPeer(url)
  peer.sends({ query: 1, path: 'hang', timeoutMs: 100 })
  await peer.ping()
  shiftWall(-3_600_000)
  await peer.receives({ error: 1, code: 'TIMEOUT' })
  await openPeer(url)
  peer.terminate()
  await eventually(() => server.metrics().sessions === 1)
})

test('P3.10: a token expires by the wall clock, also where that was corrected', async () => {
  const { url, server } = await startServer({
    router,
    authenticate: () => ({ identity: 'ada', expiresAt: Date.now() + 600_000 }),
  })
  const peer = await openPeer(url)
  shiftWall(-3_600_000)
  // What the issuer of tokens, whose clock is right, gives now is valid for ten minutes.
  const later = await openPeer(url)
  expect(server.metrics().authRefused).toBe(0)
  vi.restoreAllMocks()
  await later.isClosedWith(4411)
  expect(await peer.ping()).toEqual([])
})
