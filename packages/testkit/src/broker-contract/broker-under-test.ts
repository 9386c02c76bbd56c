/**
 * The broker of `@trunkline/server`, as the contract sees it.
 *
 * Not a second definition: the server's `Broker` is assignable to it, member by member, and a test holds that. It stands
 * here because the testkit does not depend on the server.
 */
import type { EncodedPayload, Gap, Position } from '@trunkline/core'
import type { HistoryEntry } from '../history-checker/topic-history.js'
import type { ContractTableEntry, LatestUnderTest, PresenceUnderTest } from './stores-under-test.js'

/** How much of a history is kept at least. */
export interface ContractRetention {
  readonly events: number
  readonly bytes: number
  readonly ageMs: number
}

/** An event as the broker keeps it. */
export interface ContractEntry extends HistoryEntry {
  readonly payload: EncodedPayload
  readonly atMs: number
}

/** Where a read begins. */
export type ContractFrom = Position | 'start' | { readonly last: number }

/** A piece of history with its proof. */
export interface ContractPage {
  readonly after: Position
  readonly entries: readonly ContractEntry[]
  readonly gap: Gap | undefined
  readonly top: Position
  readonly oldest: number
}

/** Who hears what is published. */
export interface ContractListener {
  onEntry(entry: ContractEntry): void
  onEphemeral(payload: EncodedPayload): void
  onSet?(entry: ContractTableEntry): void
}

/** A broker that the contract is put to. */
export interface BrokerUnderTest {
  readonly name: string
  readonly capabilities: { readonly log: boolean }
  readonly state: 'proved' | 'stale'
  readonly latest?: LatestUnderTest | undefined
  readonly presence?: PresenceUnderTest | undefined
  publish(
    topic: string,
    entry: { readonly id: string | undefined; readonly payload: EncodedPayload },
    retention: ContractRetention | undefined,
  ): Promise<{ readonly position: Position | undefined; readonly duplicate: boolean }>
  read(
    topic: string,
    from: ContractFrom,
    limit: { readonly events: number; readonly bytes: number },
  ): Promise<ContractPage>
  subscribe(topic: string, listener: ContractListener): Promise<() => void>
  onState(listener: (state: 'proved' | 'stale') => void): () => void
  close(): Promise<void>
}
