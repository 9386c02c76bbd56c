/**
 * The subscriptions to items of a page, and what it was told of each.
 *
 * Not their oracle (judge-streams.ts).
 */
import { isTrunklineError } from '@trunkline/client'
import type { StreamDraw } from './draw-calls.js'
import type { CallingPage } from './sim-calls.js'
import type { World } from './world.js'

/** One thing that the consumer of a subscription was told. */
export type StreamSighting =
  | { readonly kind: 'item'; readonly run: number; readonly n: number }
  | { readonly kind: 'restarted' | 'end' | 'left' }
  | { readonly kind: 'error'; readonly code: string }

/** One subscription. */
export interface StreamRecord {
  readonly name: string
  readonly work: string
  readonly draw: StreamDraw
  readonly sightings: StreamSighting[]
  /** The page was left, or its client said goodbye. */
  isGoodbye: boolean
  status: string
  leave(): void
}

interface Item {
  readonly run: number
  readonly n: number
}

export class SimStreams {
  readonly records: StreamRecord[] = []
  readonly #page: CallingPage
  readonly #world: World
  readonly #act: (where: string) => void

  constructor(page: CallingPage, world: World, act: (where: string) => void) {
    this.#page = page
    this.#world = world
    this.#act = act
  }

  start(draw: StreamDraw): void {
    const name = `${this.#page.name}-stream-${this.records.length + 1}`
    const record: StreamRecord = {
      name,
      work: name,
      draw,
      sightings: [],
      isGoodbye: this.#page.state() === 'closed',
      status: 'connecting',
      leave: () => {},
    }
    this.records.push(record)
    this.#world.note(`${name} asks ${JSON.stringify(draw)}`)
    const { isTracked, items, everyMs, size, ends } = draw
    const input = { work: name, isTracked, items, everyMs, size, ends }
    const onStatus = (status: string): void => {
      record.status = status
      if (status === 'restarted') this.#see(record, { kind: 'restarted' })
      this.#act('onStatus')
    }
    if (draw.takesMs === undefined) this.#listen(record, input, onStatus)
    else void this.#loop(record, input, draw.takesMs, onStatus)
  }

  /** Ends one of those that go on. */
  end(index: number): void {
    const active = this.records.filter(({ status, sightings }) => status !== 'closed' && !isOver(sightings.at(-1)))
    const record = active[index % Math.max(1, active.length)]
    if (record === undefined) return
    this.#see(record, { kind: 'left' })
    record.leave()
  }

  /** The client says goodbye: all of them fail. */
  goodbye(): void {
    for (const record of this.records) record.isGoodbye = true
  }

  #listen(record: StreamRecord, input: SeriesInput, onStatus: (status: string) => void): void {
    let isLeft = false
    const handle = this.#page.api.series.subscribe(input, {
      onStatus,
      onItem: ({ run, n }) => {
        this.#see(record, { kind: 'item', run, n })
        this.#act('onItem')
      },
      onEnd: () => this.#see(record, { kind: 'end' }),
      onError: ({ code }) => this.#see(record, { kind: 'error', code }),
    })
    record.leave = () => {
      if (!isLeft) handle.unsubscribe()
      isLeft = true
    }
    if (isOver(record.sightings.at(-1))) record.leave()
  }

  async #loop(
    record: StreamRecord,
    input: SeriesInput,
    takesMs: number,
    onStatus: (status: string) => void,
  ): Promise<void> {
    const aborting = new AbortController()
    record.leave = () => aborting.abort()
    try {
      const items: AsyncIterable<Item> = this.#page.api.series.subscribe(input, { signal: aborting.signal, onStatus })
      for await (const { run, n } of items) {
        if (aborting.signal.aborted) return
        this.#see(record, { kind: 'item', run, n })
        if (takesMs > 0) await new Promise<void>((resolve) => this.#page.later(resolve, takesMs))
      }
      this.#see(record, { kind: 'end' })
    } catch (error) {
      if (aborting.signal.aborted) return
      this.#see(record, { kind: 'error', code: isTrunklineError(error) ? error.code : String(error) })
    }
  }

  #see(record: StreamRecord, sighting: StreamSighting): void {
    record.sightings.push(sighting)
    this.#world.note(`${record.name} sees ${JSON.stringify(sighting)}`)
    this.#world.count(`stream ${sighting.kind}`)
  }
}

type SeriesInput = Omit<StreamDraw, 'takesMs'> & { readonly work: string }

function isOver(sighting: StreamSighting | undefined): boolean {
  return sighting?.kind === 'left' || sighting?.kind === 'end' || sighting?.kind === 'error'
}
