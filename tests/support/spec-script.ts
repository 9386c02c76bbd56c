/**
 * What the conversations of `spec/sessions` say beside their lines: how a side is set up, and what happens on it.
 *
 * Rule: an `act` is for one side and is passed over when the other one is under test.
 */
import type { SessionScript } from '@trunkline/testkit'

/** What a script is set up with. */
export interface SpecSetup {
  /** Which implementations it is held with. */
  readonly sides: readonly ('server' | 'client')[]
  /** Options of the server. */
  readonly server?: object
  readonly client?: { readonly token?: string }
}

/** One `act` step. */
export interface Act {
  readonly server?: ServerAct
  readonly client?: ClientAct
}

/** What happens on the server. Members are done in this order. */
export interface ServerAct {
  /** Waits until handlers have logged exactly this. */
  readonly logged?: readonly string[]
  /** Lets the handler of `gate` go on. */
  readonly open?: 'gate'
  /** Publishes an event. */
  readonly publish?: string
  readonly params?: unknown
  readonly event?: unknown
  /** Puts a line into the state of `list`, as an app does before it publishes it. */
  readonly stores?: string
  /** Lets nobody into `club` any more, and asks again for everything that this identity has open. */
  readonly bars?: string
}

/** What an app does with the client; one of the members that name a thing (`start` … `connection`). */
export interface ClientAct {
  /** Starts the verb given beside it under a name. */
  readonly start?: string
  readonly query?: string
  readonly mutate?: string
  readonly publish?: string
  readonly subscribe?: string
  readonly topic?: string
  /** With a topic: takes snapshots instead of gaps. */
  readonly takesState?: true
  /** Path of a topic whose presence is watched, or joined with `input`. */
  readonly presence?: string
  readonly join?: string
  readonly input?: unknown
  readonly params?: unknown
  readonly event?: unknown
  readonly options?: object
  /** Waits until the call of that name has settled as `value` or `error` says. */
  readonly settles?: string
  readonly value?: unknown
  readonly error?: object
  readonly abort?: string
  readonly unsubscribe?: string
  /** Waits until exactly `log` was seen of a subscription. */
  readonly saw?: string
  readonly log?: readonly unknown[]
  /** Waits until a subscription has the status `is`. */
  readonly status?: string
  readonly is?: string
  /** Waits until the connection's status matches. */
  readonly connection?: object
  readonly close?: true
}

export function readSetup(script: SessionScript): SpecSetup {
  // The files are ours; one without sides is held with nobody and fails here.
  const setup = script.setup as SpecSetup | undefined
  if (setup?.sides === undefined) throw new Error(`${script.title}: setup.sides is missing.`)
  return setup
}
