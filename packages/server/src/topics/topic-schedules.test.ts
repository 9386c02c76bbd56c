/**
 * Random schedules against a hub: publishes in and between turns, a listener that loses, delays, repeats and reorders,
 * reads that take time and fail, sockets that stop reading, connections that come back with their position, tails that
 * are lost. Every client checks every frame as it comes, and the history checker judges the whole in the end.
 */
import type { Position, Since } from '@trunkline/core'
import { createRandom, type Finding, formatFindings, type Random, testSeed } from '@trunkline/testkit'
import { expect, test } from 'vitest'
import type { ModelClient } from './testing/model-client.js'
import { createTopicHarness, defineTopic, type TopicHarness } from './testing/topic-harness.js'

const SCHEDULES = 150
const STEPS = 60
const KEY = 'room?{}'

interface Faults {
  readonly listenerLoses: boolean
  readonly readsFail: boolean
  readonly tailIsLost: boolean
  readonly retentionTrims: boolean
}

/** One schedule. Gives what the history checker objects to; an empty list is a good run. */
async function runSchedule(
  random: Random,
  faults: Faults,
  sabotage?: (harness: TopicHarness) => void,
): Promise<Finding[]> {
  const harness = createTopicHarness(defineTopic(faults.retentionTrims ? { retain: { events: 40 } } : {}))
  const { hub, broker, clock, subscribe, publish } = harness
  /** What no history could tell: frames that break the protocol, and gaps without a cause. */
  const wrong: string[] = []
  const clients: ModelClient[] = []
  let published = 0

  const wait = (maxMs: number): Promise<void> =>
    new Promise((resolve) => void clock.schedule(resolve, random.int(0, maxMs)))
  const mayFail = async (): Promise<void> => {
    if (random.chance(0.5)) await wait(20)
    if (faults.readsFail && random.chance(0.2)) throw new Error('down')
  }
  broker.beforeRead = mayFail
  broker.afterRead = mayFail
  broker.beforeSubscribe = () => wait(5)
  if (faults.listenerLoses) {
    broker.deliver = (hear) => {
      const draw = random.next()
      if (draw < 0.7) hear()
      if (draw > 0.6 && draw < 0.85) clock.schedule(hear, random.int(0, 30))
    }
  }
  sabotage?.(harness)

  const publishSome = (): void => {
    const size = random.chance(0.1) ? 20_000 : random.int(0, 300)
    for (let count = random.int(1, 12); count > 0; count--) {
      published += 1
      publish(`e${published}`, { text: 'x'.repeat(size), ephemeral: random.chance(0.1) }).catch(() => {})
    }
  }
  const anySince = (): Since =>
    random.pick<() => Since>([() => 'now', () => 'start', () => ({ last: random.int(0, 30) })])()
  const comeBack = async (client: ModelClient): Promise<void> => {
    clients.splice(clients.indexOf(client), 1)
    hub.drop(client)
    client.ends(1)
    const position: Position | undefined = client.subscriptions.get(1)?.position
    const since = position ?? anySince()
    const next = await subscribe(since)
    clients.push(next)
    wrong.push(...client.faults)
  }
  const loseTail = async (): Promise<void> => {
    const { top } = await broker.inner.read(KEY, { last: 0 }, { events: 1, bytes: 1 })
    broker.inner['~loseAfter'](KEY, Math.max(0, top.offset - random.int(1, 5)))
  }

  for (let step = 0; step < STEPS; step++) {
    const draw = random.next()
    const client = clients.length > 0 ? random.pick(clients) : undefined
    if (draw < 0.4) publishSome()
    else if (draw < 0.5 || client === undefined) clients.push(await subscribe(anySince()))
    else if (draw < 0.62) await comeBack(client)
    else if (draw < 0.72) client.stopReading()
    else if (draw < 0.82) client.startReading()
    else if (draw < 0.85 && faults.tailIsLost) await loseTail()
    if (random.chance(0.4)) await clock.advance(random.int(0, 25))
  }

  // Everything works again; one more event is what a listener hears then.
  broker.beforeRead = () => {}
  broker.afterRead = () => {}
  broker.deliver = (hear) => hear()
  for (const client of clients) client.startReading()
  await clock.advance(20_000)
  await publish('last')
  await clock.advance(20_000)

  for (const client of clients) {
    for (const frame of client.closed) if (frame['code'] !== 'BROKER_UNAVAILABLE') wrong.push(JSON.stringify(frame))
    wrong.push(...client.faults)
    if (client.closed.length > 0) continue
    const { status, gaps } = client.subscription(1)
    if (status !== 'live') wrong.push(`is ${status} in the end`)
    if (gaps.length > 0 && !faults.tailIsLost && !faults.retentionTrims) {
      wrong.push('was told a gap that nothing caused')
    }
  }
  const findings = await harness.judge({ isSettled: true })
  await harness.close({ isSabotaged: true })
  if (clock.pending().length > 0) wrong.push(`${clock.pending().length} timers are left`)
  if (sabotage === undefined) expect(wrong, formatFindings(findings)).toEqual([])
  return findings
}

test('in every schedule each subscriber sees the surviving history once and in order, or a gap', async () => {
  const random = createRandom(testSeed(import.meta.url))
  for (let schedule = 0; schedule < SCHEDULES; schedule++) {
    const faults: Faults = {
      listenerLoses: random.chance(0.7),
      readsFail: random.chance(0.5),
      tailIsLost: random.chance(0.4),
      retentionTrims: random.chance(0.4),
    }
    const findings = await runSchedule(random, faults)
    expect(formatFindings(findings), `schedule ${schedule} with ${JSON.stringify(faults)}`).toBe('')
  }
})

const onlyTheListenerLoses: Faults = { listenerLoses: true, readsFail: false, tailIsLost: false, retentionTrims: false }

/** Runs schedules until one is bad; none of the faults happens in each. */
async function firstKinds(faults: Faults, sabotage: (harness: TopicHarness) => void): Promise<string[]> {
  const random = createRandom(testSeed(import.meta.url))
  for (let tries = 0; tries < 20; tries++) {
    const findings = await runSchedule(random, faults, sabotage)
    if (findings.length > 0) return findings.map(({ kind }) => kind)
  }
  return []
}

test('negative control: without repair the schedules end with subscribers behind', async () => {
  const kinds = await firstKinds(onlyTheListenerLoses, ({ broker }) => {
    // A read after a position, which is what repairs and catching up do, finds nothing new.
    broker.rewrite = (page, from) =>
      typeof from === 'object' && 'epoch' in from ? { ...page, after: from, entries: [], top: from } : page
  })

  expect(kinds).toContain('not-converged')
})

test('negative control: without proof the schedules show events of another history', async () => {
  const kinds = await firstKinds({ ...onlyTheListenerLoses, tailIsLost: true }, ({ broker }) => {
    broker.rewrite = (page, from) => {
      if (page.gap === undefined || typeof from !== 'object' || !('epoch' in from)) return page
      // Any offset is believed: what comes after it is given the tag that the reader expects.
      if (from.offset >= page.top.offset) return { ...page, gap: undefined, after: from, entries: [], top: from }
      const entry = { ...page.top, previousTag: from.tag, id: 'x', payload: ',"data":{"id":"x"}', atMs: 0 }
      return { ...page, gap: undefined, after: from, entries: [{ ...entry, offset: from.offset + 1 }] }
    }
  })

  expect(kinds.some((kind) => kind === 'not-in-history' || kind === 'silent-gap')).toBe(true)
})
