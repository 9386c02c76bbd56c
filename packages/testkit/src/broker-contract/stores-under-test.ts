/**
 * The tables of a broker and its presence, as the contract sees them.
 *
 * Not a second definition: the server's `LatestStore` and `PresenceStore` are assignable to these, and a test holds that.
 */
import type { EncodedPayload, Position } from '@trunkline/core'

/** A value on its way into a table. */
export interface ContractSet {
  readonly id: string
  readonly key: string
  readonly isRemoved?: boolean | undefined
  readonly payload: EncodedPayload
}

/** A value as a table keeps it. */
export interface ContractTableEntry extends ContractSet {
  readonly epoch: string
  readonly version: number
  readonly previousVersion: number
}

/** A whole table. */
export interface ContractTable {
  readonly epoch: string
  readonly version: number
  readonly forgotten: number
  readonly entries: readonly ContractTableEntry[]
}

/** Keeps the newest values. */
export interface LatestUnderTest {
  set(
    topic: string,
    entry: ContractSet,
    limit: { readonly entries: number; readonly bytes: number },
  ): Promise<{ readonly position: Position | undefined; readonly duplicate: boolean } | 'full'>
  read(topic: string): Promise<ContractTable>
}

/** One join. */
export interface ContractMember {
  readonly joinId: string
  readonly node: string
  readonly identity: string
  readonly payload: string
  readonly updatedAtMs: number
}

/** Keeps who is present. */
export interface PresenceUnderTest {
  renewLease(node: string, leaseMs: number): Promise<boolean>
  put(topic: string, member: ContractMember): Promise<void>
  remove(topic: string, joinId: string): Promise<void>
  read(topic: string): Promise<readonly ContractMember[]>
  watch(
    topic: string,
    listener: { onPut(member: ContractMember): void; onRemove(joinId: string): void },
  ): Promise<() => void>
}
