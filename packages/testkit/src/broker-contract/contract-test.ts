/**
 * What each test of the contract is given.
 *
 * Rule: a test has a broker and topics of its own, and closes what it opened, also when it fails.
 */
import { randomUUID } from 'node:crypto'
import type { Position } from '@trunkline/core'
import { eventually } from '../eventually.js'
import type {
  BrokerUnderTest,
  ContractEntry,
  ContractFrom,
  ContractPage,
  ContractRetention,
} from './broker-under-test.js'

/** The functions of a test runner: those of vitest fit, and of others that look like it. */
export interface TestRunner {
  readonly describe: (name: string, body: () => void) => unknown
  readonly test: (name: string, body: () => Promise<void>) => unknown
  readonly expect: (value: unknown) => { toEqual(expected: unknown): unknown }
}

/** What can be done to a broker; what is left out is not tested. */
export interface BrokerFaults<TBroker extends BrokerUnderTest> {
  /** Another node's broker on the same store. */
  readonly anotherNode?: ((broker: TBroker) => TBroker | Promise<TBroker>) | undefined
  /** Moves the time by which the broker lets events and ids go. */
  readonly advance?: ((broker: TBroker, ms: number) => Promise<void>) | undefined
  /** Loses every history; resolves with the broker to go on with. */
  readonly crash?: ((broker: TBroker) => Promise<TBroker>) | undefined
  /** Loses what a topic has after `offset`, as a failover to a replica that lags does. Resolves when it serves again. */
  readonly loseTail?: ((broker: TBroker, topic: string, offset: number) => Promise<void>) | undefined
  /** Publishes reach nobody who listens through `broker`. Resolves with what ends it. */
  readonly goDeaf?: ((broker: TBroker) => Promise<() => Promise<void>>) | undefined
}

/** Options of `describeBroker`. */
export interface ContractOptions<TBroker extends BrokerUnderTest> extends BrokerFaults<TBroker> {
  /** What this broker does not keep; tests of it are not registered. Default: it keeps tables and presence as well. */
  readonly lacks?: readonly ('latest' | 'presence')[] | undefined
  /** How long a broker may take for what it does by itself, such as telling listeners, in milliseconds. Default 10_000. */
  readonly patienceMs?: number | undefined
}

/** Keeps everything that these tests publish. */
export const KEEP_ALL: ContractRetention = { events: 10_000, bytes: 10_000_000, ageMs: 3_600_000 }
/** Asks for a whole history. */
export const WHOLE = { events: 10_000, bytes: 10_000_000 } as const

/** A payload that says which event it is. */
export const payloadOf = (id: string): string => `,"data":${JSON.stringify(id)}`

/** A topic on a broker, with shorthands. */
export interface ContractTopic<TBroker extends BrokerUnderTest = BrokerUnderTest> {
  readonly broker: TBroker
  /** A key that no other test uses. */
  readonly topic: string
  readonly patienceMs: number
  /** Publishes these ids one after the other; gives their positions. */
  publish(ids: readonly string[], retention?: ContractRetention): Promise<Position[]>
  read(from: ContractFrom): Promise<ContractPage>
  /** Listens; `heard` gives what came once `count` have come. */
  listen(): Promise<{ heard(count: number): Promise<readonly ContractEntry[]>; end(): void }>
}

/** Makes the shorthands for a topic. */
export function contractTopic<TBroker extends BrokerUnderTest>(
  broker: TBroker,
  { topic = `contract?{"id":"${randomUUID()}"}`, patienceMs = 10_000 }: { topic?: string; patienceMs?: number } = {},
): ContractTopic<TBroker> {
  return {
    broker,
    topic,
    patienceMs,
    publish: async (ids, retention = KEEP_ALL) => {
      const positions: Position[] = []
      for (const id of ids) {
        const { position } = await broker.publish(topic, { id, payload: payloadOf(id) }, retention)
        if (position === undefined) throw new Error(`publishing ${id} gave no position`)
        positions.push(position)
      }
      return positions
    },
    read: (from) => broker.read(topic, from, WHOLE),
    listen: async () => {
      const entries: ContractEntry[] = []
      const end = await broker.subscribe(topic, { onEntry: (entry) => entries.push(entry), onEphemeral: () => {} })
      return {
        end,
        heard: (count) =>
          eventually(() => entries.length >= count && entries, {
            timeoutMs: patienceMs,
            message: `hearing ${count} of ${topic}`,
          }),
      }
    },
  }
}

/** Registers a test that opens a broker and closes it. */
export type ContractTest<TBroker extends BrokerUnderTest> = (
  name: string,
  body: (on: ContractTopic<TBroker>) => Promise<void>,
) => void

/** Just the ids, in order. */
export const idsOf = (entries: readonly { readonly id: string }[]): string[] => entries.map(({ id }) => id)

/** The positions of entries. */
export const positionOf = ({ epoch, offset, tag }: Position): Position => ({ epoch, offset, tag })

/** `count` ids with a prefix. */
export const ids = (count: number, prefix = 'e'): string[] =>
  Array.from({ length: count }, (_, i) => `${prefix}${i + 1}`)

/** Whether an action fails, at once or later. */
export async function isRefused(action: () => Promise<unknown>): Promise<boolean> {
  return action().then(
    () => false,
    () => true,
  )
}
