/**
 * Sockets on which nobody speaks, behind an nginx that ends them after two seconds.
 */
import { eventually } from '@trunkline/testkit'
import { expect, test } from 'vitest'
import { startNginx } from './nginx.js'
import { connectClient, feed, type ProxiedApp, startApp } from './proxied-app.js'

interface Idle {
  readonly app: ProxiedApp
  readonly events: number[]
  /** Why its connection was lost, each time. */
  readonly drops: string[]
  call(): Promise<string>
}

/** A client that only listens, and rarely has anything to hear. */
async function startIdle(heartbeat: { intervalMs: number; timeoutMs: number }): Promise<Idle> {
  const app = await startApp({ heartbeat })
  const nginx = await startNginx({ targets: [app.port], readTimeout: '2s' })
  const { api, connection } = connectClient(nginx.url)
  const drops: string[] = []
  let wasOpen = false
  connection.on('changed', ({ state, reason }) => {
    if (wasOpen && state === 'reconnecting') drops.push(reason ?? '')
    wasOpen = state === 'open'
  })
  const events: number[] = []
  const subscription = api.feed.subscribe({}, { onEvent: (event) => events.push(event), onGap: () => events.push(-1) })
  await eventually(() => subscription.status() === 'live')
  return { app, events, drops, call: () => api.name.query() }
}

test('heartbeats keep an idle socket through nginx; without, it is cut again and again, and nothing is lost', async () => {
  const [kept, silent] = await Promise.all([
    startIdle({ intervalMs: 100, timeoutMs: 60_000 }),
    startIdle({ intervalMs: 600_000, timeoutMs: 60_000 }),
  ])
  // The clock of this test is the control: by its second cut the other one was idle for twice the time limit.
  for (let cut = 1; cut <= 2; cut++) {
    await eventually(() => silent.drops.length >= cut, { timeoutMs: 20_000, message: `cut ${cut}` })
    await silent.app.server.publish(feed, {}, cut)
    await eventually(() => silent.events.length === cut)
  }
  expect(silent.drops).toEqual(['ABNORMAL', 'ABNORMAL'])
  expect(silent.events).toEqual([1, 2])
  expect(await silent.call()).toBe('one')
  expect(silent.app.server.metrics()).toMatchObject({ sessionsOpened: 1, sessionsResumed: 2, heartbeatsMissed: 0 })

  await kept.app.server.publish(feed, {}, 1)
  await eventually(() => kept.events.length === 1)
  expect(kept.drops).toEqual([])
  expect(kept.app.server.metrics()).toMatchObject({ sessionsOpened: 1, sessionsResumed: 0, closed: {} })
})
