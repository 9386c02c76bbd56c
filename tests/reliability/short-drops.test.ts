import { createClient } from '@trunkline/client'
import { trunkline } from '@trunkline/core'
import { checkSequence, createFaultProxy, createRandom, eventually, testSeed } from '@trunkline/testkit'
import * as v from 'valibot'
import { expect, onTestFinished, test } from 'vitest'
import { startServer } from '../support/open-peer.js'

const CUTS = 200
const IN_FLIGHT = 32

interface Outcome {
  /** Calls that were answered with another call's answer, or not at all. */
  wrong: string[]
  /** Handlers that ran twice for one call. */
  ranTwice: number[]
  calls: number
  items: number[]
}

/** Cuts a busy connection at random points, also inside a message and inside a handshake. */
async function runUnderCuts(seed: number, cuts: number, resumeMs: number): Promise<Outcome> {
  const random = createRandom(seed)
  const runs = new Map<number, number>()
  const t = trunkline()
  const router = t.router({
    // A plain mutation: nothing but the session keeps it from being lost or run twice.
    work: t.procedure.input(v.object({ n: v.number(), pad: v.string() })).mutation(async ({ input }) => {
      runs.set(input.n, (runs.get(input.n) ?? 0) + 1)
      for (let turns = input.n % 4; turns > 0; turns--) await new Promise((resolve) => setImmediate(resolve))
      return { n: input.n, pad: input.pad }
    }),
    numbers: t.procedure.subscription(async function* ({ signal }) {
      for (let n = 1; !signal.aborted; n++) {
        yield n
        await new Promise((resolve) => setImmediate(resolve))
      }
    }),
  })
  const { port } = await startServer({
    router,
    resumeMs,
    limits: { handshakesPerSecond: 100_000, messagesPerSecond: 1_000_000 },
  })
  const proxy = await createFaultProxy({ targetPort: port, seed })
  onTestFinished(() => proxy.close())
  const { api, connection } = createClient<typeof router>({
    url: proxy.url,
    reconnect: { baseMs: 1, capMs: 5 },
    timeoutMs: 60_000,
  })
  onTestFinished(() => connection.close())

  const outcome: Outcome = { wrong: [], ranTwice: [], calls: 0, items: [] }
  let stopped = false
  const subscription = api.numbers.subscribe(undefined, { onItem: (n) => outcome.items.push(n) })
  let next = 0
  const worker = async (): Promise<void> => {
    while (!stopped) {
      const n = next++
      const pad = 'x'.repeat(random.int(0, 400))
      try {
        const answer = await api.work.mutate({ n, pad })
        if (answer.n !== n || answer.pad !== pad) outcome.wrong.push(`${n} got the answer of ${answer.n}`)
      } catch (error) {
        outcome.wrong.push(`${n}: ${String(error)}`)
      }
      outcome.calls += 1
    }
  }
  const workers = Array.from({ length: IN_FLIGHT }, worker)
  await connection.connect()
  for (let cut = 0; cut < cuts; cut++) {
    const accepted = proxy.accepted
    proxy.cutAtRandom(6_000, { reset: random.chance(0.5) })
    // The cut has happened when the client had to come back.
    await eventually(() => proxy.accepted > accepted, { timeoutMs: 20_000, message: `cut ${cut} of seed ${seed}` })
  }
  const calls = outcome.calls
  await eventually(() => outcome.calls > calls + IN_FLIGHT, { message: 'calls go on after the last cut' })
  stopped = true
  await Promise.all(workers)
  subscription.unsubscribe()
  outcome.ranTwice = [...runs].filter(([, count]) => count > 1).map(([n]) => n)
  return outcome
}

test('200 cuts under 32 calls and a subscription: nothing is lost, repeated or run twice', async () => {
  const seed = testSeed(import.meta.url)
  const { wrong, ranTwice, calls, items } = await runUnderCuts(seed, CUTS, 60_000)
  console.log(`${CUTS} cuts, ${calls} calls, ${items.length} items`)
  expect(wrong).toEqual([])
  expect(ranTwice).toEqual([])
  // The generator counts: what it yielded is as long as what came, and a little longer.
  const yielded = Array.from({ length: Math.max(0, ...items) }, (_, i) => String(i + 1))
  expect(checkSequence('numbers', yielded, { subscriber: 'Ada', ids: items.map(String) })).toEqual([])
  expect(calls).toBeGreaterThan(CUTS)
  expect(items.length).toBeGreaterThan(CUTS)
}, 120_000)

test('negative control: when sessions do not outlive their socket, the same run loses calls and says so', async () => {
  const { wrong } = await runUnderCuts(testSeed(import.meta.url), 20, 0)
  expect(wrong.length).toBeGreaterThan(0)
  // Lost, but never silently: each names what is known of its fate.
  expect(wrong.every((line) => line.includes('CONNECTION_LOST') || line.includes('session ended'))).toBe(true)
}, 120_000)
