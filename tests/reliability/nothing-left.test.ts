import { type ChildHandle, eventually, startProcess } from '@trunkline/testkit'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Census } from './heap-census.js'

/** Enough that one thing left by each round, or by every fourth, is told from what comes and goes. */
const ROUNDS = 100
const LEFT = ROUNDS / 4

let app: ChildHandle

beforeAll(async () => {
  app = await startProcess(new URL('./cycles-server.ts', import.meta.url), [], { nodeFlags: ['--expose-gc'] })
})

afterAll(() => app?.stop())

/** What there is more of, by its name. */
function growth(before: Census, now: Census): Census {
  const more = Object.entries(now).map(([name, count]) => [name, count - (before[name] ?? 0)] as const)
  return Object.fromEntries(more.filter(([, count]) => count >= LEFT))
}

test.each(['calls', 'streams', 'topics', 'presence', 'connections', 'servers'])(
  'of %s that are over nothing is left, in the server or the client',
  async (name) => {
    const run = (count: number): Promise<unknown> => app.request('run', { name, count }, { timeoutMs: 60_000 })
    const census = async (): Promise<Census> =>
      (await app.request('census', undefined, { timeoutMs: 30_000 })) as Census
    /** What there is more of after so many rounds, once what goes by itself is gone. */
    const leftBy = async (): Promise<Census> => {
      const before = await census()
      await run(ROUNDS)
      let left: Census = {}
      // A topic that nobody is subscribed to any more is kept for five seconds.
      await eventually(
        async () => {
          left = growth(before, await census())
          return Object.keys(left).length === 0
        },
        { timeoutMs: 20_000 },
      ).catch(() => {})
      return left
    }
    // What is made once and kept, such as what the engine compiles, and what has a bound.
    await run(40)
    let left = await leftBy()
    // Node keeps what it reads for the first stack trace of a file. A leak goes on.
    if (Object.keys(left).length > 0) left = await leftBy()
    expect(left).toEqual({})
    expect(app.output).toBe('')
  },
  180_000,
)
