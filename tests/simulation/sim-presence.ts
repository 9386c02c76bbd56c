/**
 * Who a client joins as, and whom it sees: the part of a page that presence is.
 *
 * Rule: an app that is refused asks again, with the state that it wants to show.
 */
import type { Joined, Members } from '@trunkline/client'
import type { Clock } from '@trunkline/core'
import { createMembersRecorder, type MembersRecorder } from '@trunkline/testkit'
import type { World } from './world.js'

/** Until an app asks again for what was refused, in milliseconds. */
const RETRY_MS = 300

/** What a join shows. */
export interface SimState {
  readonly n: number
}

/** What this needs of the page's client; the rooms of all kinds have the same presence. */
export interface PresenceNode {
  join(
    params: { readonly room: string },
    state: SimState,
    options: { onError(error: { readonly code: string }): void },
  ): Joined<SimState, SimState>
  presence(params: { readonly room: string }): Members<SimState>
}

interface OwnJoin {
  state: SimState
  handle: Pick<Joined<SimState, SimState>, 'update' | 'leave'> | undefined
}

export class SimPresence {
  /** What it wants to show, by room. */
  readonly joins: Map<string, OwnJoin> = new Map()
  /** What it was shown of each room that it watches. */
  readonly watched: Map<string, MembersRecorder> = new Map()
  readonly #name: string
  readonly #world: World
  readonly #clock: Clock
  readonly #nodeOf: (room: string) => PresenceNode
  #stops = new Map<string, () => void>()
  /** Counts the lives of the page: nothing of an earlier one is acted on. */
  #life = 0

  constructor(name: string, world: World, clock: Clock, nodeOf: (room: string) => PresenceNode) {
    this.#name = name
    this.#world = world
    this.#clock = clock
    this.#nodeOf = nodeOf
  }

  /** Joins, or changes what it shows. */
  show(room: string, n: number): void {
    const own: OwnJoin = this.joins.get(room) ?? { state: { n }, handle: undefined }
    this.joins.set(room, own)
    own.state = { n }
    if (own.handle === undefined) this.#join(room, own)
    else own.handle.update({ n })
    this.#world.note(`${this.#name} is in ${room} as ${n}`)
  }

  /** Shows something for a while, and then again what it showed before: the server sees to that. */
  showBriefly(room: string, n: number, revertAfterMs: number): void {
    this.joins.get(room)?.handle?.update({ n }, { revertAfterMs })
    this.#world.note(`${this.#name} is in ${room} as ${n} for ${revertAfterMs} ms`)
  }

  leave(room: string): void {
    const own = this.joins.get(room)
    this.joins.delete(room)
    own?.handle?.leave()
    this.#world.note(`${this.#name} leaves ${room}`)
  }

  watch(room: string): void {
    if (this.watched.has(room)) return
    this.watched.set(room, createMembersRecorder(`${this.#name} watching`))
    this.#watch(room)
  }

  /** The page is gone. */
  end(): void {
    this.#life += 1
    for (const stop of this.#stops.values()) stop()
    this.#stops = new Map()
    for (const own of this.joins.values()) own.handle = undefined
  }

  /** The page is there again, and wants what it wanted. */
  start(): void {
    for (const [room, own] of this.joins) this.#join(room, own)
    for (const room of this.watched.keys()) this.#watch(room)
  }

  #join(room: string, own: OwnJoin): void {
    own.handle = this.#nodeOf(room).join({ room }, own.state, {
      onError: ({ code }) => {
        this.#world.count(`join refused ${code}`)
        this.#later(() => {
          if (this.joins.get(room) !== own) return
          // Of a join that has ended nothing is heard any more; any other one takes the state again.
          own.handle?.leave()
          this.#join(room, own)
        })
      },
    })
  }

  #watch(room: string): void {
    const recorder = this.watched.get(room)
    const stop = this.#nodeOf(room)
      .presence({ room })
      .subscribe(
        (members) => {
          this.#world.note(`${this.#name} sees in ${room} ${JSON.stringify(members)}`)
          this.#world.count('members told')
          recorder?.callback(members)
        },
        () => this.#later(() => this.#watch(room)),
      )
    this.#stops.set(room, stop)
  }

  #later(action: () => void): void {
    const life = this.#life
    this.#clock.schedule(() => {
      if (this.#life === life && !this.#world.isClosing) action()
    }, RETRY_MS)
  }
}
