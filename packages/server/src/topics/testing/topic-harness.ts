/**
 * A hub over a broker that can fail, on a virtual clock, for tests.
 *
 * Rule: whatever a test is about, the history checker judges in the end what every client was told.
 */
import {
  jsonCodec,
  type Position,
  type Since,
  type TopicConfig,
  type TopicDefinition,
  trunkline,
} from '@trunkline/core'
import {
  type CheckOptions,
  checkHistory,
  checkTable,
  createVirtualClock,
  type Finding,
  formatFindings,
  type VirtualClock,
  violationsOf,
  watchTruth,
} from '@trunkline/testkit'
import * as v from 'valibot'
import { createMemoryBroker } from '../memory-broker.js'
import type { SubscribeRequest } from '../subscription.js'
import { TopicHub, type TopicHubOptions } from '../topic-hub.js'
import { FaultBroker } from './fault-broker.js'
import { ModelClient } from './model-client.js'

const t = trunkline()
const event = v.object({ id: v.string(), key: v.optional(v.string()), text: v.optional(v.string()) })

/** The definition of a topic whose events carry their own id. */
export function defineTopic(
  options: Partial<Pick<TopicConfig<never, never, never, never, never, never, never>, 'retain' | 'throttle'>> & {
    delivery?: 'log' | 'latest' | 'ephemeral'
    /** Whether the member `key` of an event is its key, and a `text` that begins with `gone` removes the entry. */
    isKeyed?: boolean
    hasSnapshot?: boolean
  } = {},
): TopicDefinition {
  const { delivery = 'log', retain, throttle, isKeyed, hasSnapshot } = options
  return t.topic({
    event,
    delivery,
    retain,
    throttle,
    key: isKeyed ? ({ key }) => key ?? '' : undefined,
    removes: isKeyed ? ({ text }) => text?.startsWith('gone') === true : undefined,
    // Not called: tests say with each subscription how a snapshot is taken.
    snapshot: hasSnapshot ? () => undefined : undefined,
  })['~topic']
}

export interface TopicHarness {
  readonly clock: VirtualClock
  readonly broker: FaultBroker
  readonly hub: TopicHub
  readonly stale: boolean[]
  /** Publishes an event with this id and resolves when it was accepted. */
  publish(id: string, options?: { key?: string; text?: string; ephemeral?: boolean }): Promise<Position | undefined>
  /** Publishes `count` events named by a prefix and their number, and lets them arrive. */
  publishMany(prefix: string, count: number, text?: string): Promise<void>
  /** Subscribes a new client, or the given one; resolves when the first answer could have come. */
  subscribe(
    since?: Since,
    options?: { client?: ModelClient } & Partial<Pick<SubscribeRequest, 'id' | 'recheck' | 'takeSnapshot'>>,
  ): Promise<ModelClient>
  /** What the history checker objects to in what the clients were told so far. Default: nothing has come to rest. */
  judge(options?: CheckOptions): Promise<Finding[]>
  /**
   * Ends what is running at the broker and in the hub.
   *
   * @throws Error when the promise was broken to one of the clients, unless the test says that it breaks it on purpose.
   */
  close(options?: { readonly isSabotaged?: boolean }): Promise<void>
}

/** Makes a hub with one topic, `room?{}`. */
export function createTopicHarness(
  definition: TopicDefinition = defineTopic(),
  options: Partial<TopicHubOptions> = {},
): TopicHarness {
  const clock = createVirtualClock()
  const broker = new FaultBroker(createMemoryBroker({ clock }))
  const stale: boolean[] = []
  const hub = new TopicHub({
    broker,
    clock,
    codec: jsonCodec(),
    highWaterBytes: 131_072,
    endOfTurn: (callback) => void setImmediate(callback),
    onStale: (isStale) => stale.push(isStale),
    ...options,
  })
  const key = 'room?{}'
  const clients = new Set<ModelClient>()
  const truth = watchTruth(broker.inner, key, { idOf: (data) => (data as { id: string }).id })
  let isClosed = false
  const judge: TopicHarness['judge'] = async (judging = { isSettled: false }) => {
    const records = [...clients].flatMap((client) => [...client.records.values()])
    const watched = await truth
    if (definition.delivery === 'latest') return checkTable(await watched.table(), records, judging)
    return checkHistory(await watched.history(), records, judging)
  }
  const publish: TopicHarness['publish'] = (id, { key: entryKey, text, ephemeral } = {}) =>
    hub.publish({ path: 'room', key, definition, event: { id, key: entryKey, text }, id, ephemeral })
  return {
    clock,
    broker,
    hub,
    stale,
    publish,
    publishMany: async (prefix, count, text) => {
      for (let number = 1; number <= count; number++)
        await publish(`${prefix}${number}`, text === undefined ? {} : { text })
      await clock.settle()
    },
    judge,
    subscribe: async (since = 'now', { client = new ModelClient(), id = 1, ...request } = {}) => {
      clients.add(client)
      client.asks(id, since, `client ${[...clients].indexOf(client) + 1}`)
      hub.subscribe(client, { key, definition }, { id, since, ...request })
      await clock.settle()
      return client
    },
    close: async ({ isSabotaged = false } = {}) => {
      if (isClosed) return
      isClosed = true
      const findings = isSabotaged ? [] : violationsOf(await judge())
      await hub.close()
      await broker.close()
      if (findings.length > 0) throw new Error(`The history checker objects.\n${formatFindings(findings)}`)
    },
  }
}
