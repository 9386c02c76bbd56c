/**
 * The calls of a page, and what it was told of each.
 *
 * Not their oracle (judge-calls.ts). Rule: a call is written down before it is made.
 */
import type { createClient } from '@trunkline/client'
import { isTrunklineError } from '@trunkline/client'
import type { CallDraw } from './draw-calls.js'
import type { SimApi } from './sim-api.js'
import type { SimProcess } from './sim-work.js'
import type { World } from './world.js'

type Api = ReturnType<typeof createClient<SimApi['router']>>['api']

/** A session that a client asked for, or was told that it has. */
export interface Opening {
  readonly process: SimProcess | undefined
  /** It is another one than before. */
  readonly isNew: boolean
}

/** What a call was told: the run that answered it, or a code. */
export interface Told {
  readonly code: string | undefined
  readonly fate: string | undefined
  readonly run: number | undefined
  readonly afterMs: number
  /** Welcomes that the client had had by then. */
  readonly openings: number
}

/** One call. */
export interface CallRecord {
  readonly name: string
  readonly work: string
  readonly draw: CallDraw
  /** Welcomes that the client had had when it was made. */
  readonly openings: number
  /** Whether its client was connected when it was made. */
  readonly wasOpen: boolean
  told: Told | undefined
}

/** What this needs of its client. */
export interface CallingPage {
  readonly name: string
  readonly identity: string
  readonly openings: readonly Opening[]
  readonly api: Api
  now(): number
  /** What its connection is. */
  state(): string
  later(action: () => void, ms: number): void
}

export class SimCalls {
  readonly records: CallRecord[] = []
  readonly #page: CallingPage
  readonly #world: World
  #made = 0

  constructor(page: CallingPage, world: World) {
    this.#page = page
    this.#world = world
  }

  /** Whether all of them were told something. */
  get areSettled(): boolean {
    return this.records.every(({ told }) => told !== undefined)
  }

  make(draw: CallDraw): void {
    const page = this.#page
    const { identity, name, openings } = page
    const own = `${name}-call-${++this.#made}`
    // One key is one work, whichever tab asks for it.
    const work = draw.key === undefined ? own : `${identity}-key-${draw.key}`
    const record: CallRecord = {
      name: own,
      work,
      draw,
      openings: openings.length,
      wasOpen: page.state() === 'open',
      told: undefined,
    }
    this.records.push(record)
    this.#world.note(`${own} asks ${JSON.stringify(draw)}`)
    const startedMs = page.now()
    const tell = (told: Pick<Told, 'code' | 'fate' | 'run'>): void => {
      record.told = { ...told, afterMs: page.now() - startedMs, openings: openings.length }
      this.#world.note(`${own} is told ${JSON.stringify(record.told)}`)
      this.#world.count(`call ${told.code ?? 'answered'}${told.fate === undefined ? '' : ` ${told.fate}`}`)
    }
    this.#ask(draw, work).then(
      ({ run }) => tell({ code: undefined, fate: undefined, run }),
      (error: unknown) => {
        if (!isTrunklineError(error)) return tell({ code: String(error), fate: undefined, run: undefined })
        // REFUSED declares it.
        const data = error.data as { readonly run: number } | undefined
        tell({ code: error.code, fate: error.fate, run: error.code === 'REFUSED' ? data?.run : undefined })
      },
    )
  }

  #ask(draw: CallDraw, work: string): Promise<{ readonly run: number }> {
    const { api } = this.#page
    const { abortAfterMs, timeoutMs, key, inputSize, answerSize, tells, takesMs, ends, heeds } = draw
    const rooms = this.#world.rooms.filter((room) => this.#world.kindOf(room) === 'log')
    const room = tells === undefined ? undefined : rooms[tells % Math.max(1, rooms.length)]
    // What one key asks for is the same each time.
    const job =
      key === undefined
        ? { work, takesMs, ends, heeds, answerSize, pad: 'x'.repeat(inputSize), ...(room && { tells: room }) }
        : { work, takesMs: 50 * key, ends: 'ok' as const, heeds: false, answerSize: 0, pad: '' }
    const aborting = new AbortController()
    if (abortAfterMs !== undefined) this.#page.later(() => aborting.abort(), abortAfterMs)
    const options = { timeoutMs, signal: aborting.signal }
    if (draw.of === 'get') return api.get.query(job, options)
    if (draw.of === 'once') return api.once.mutate(job, key === undefined ? options : { ...options, key: work })
    return api[draw.of].mutate(job, options)
  }
}
