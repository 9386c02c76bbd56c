/**
 * What was said, in a file: one line of JSON for each event.
 *
 * Not a database, and enough for one process. Rule: an event is in the file before anybody is told of it, so what people
 * have seen is there again after a restart, whatever ended the process.
 */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { appendFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as v from 'valibot'
import { EMPTY_ROOM, Message, RoomEvent, RoomName, type RoomState, type RoomSummary, reduceRoom } from './room-state'

const Line = v.object({
  room: RoomName,
  event: v.variant('type', [
    v.object({
      type: v.literal('message'),
      message: v.object({ ...Message.entries, at: v.pipe(v.string(), v.isoTimestamp(), v.toDate()) }),
    }),
    RoomEvent.options[1],
  ]),
})

/** Rooms that are there before anybody has said a word. */
const FIRST_ROOMS = ['general', 'random', 'tea-kitchen']

export class Store {
  readonly #file: string
  readonly #rooms = new Map<string, RoomState>(FIRST_ROOMS.map((name) => [name, EMPTY_ROOM]))
  /** The last write: each begins when the one before has ended, so lines stand in one order and never in each other. */
  #written: Promise<void> = Promise.resolve()

  /** Reads what is there, and writes it anew without what is not kept any more. */
  constructor(folder: string) {
    mkdirSync(folder, { recursive: true })
    this.#file = join(folder, 'events.jsonl')
    const text = existsSync(this.#file) ? readFileSync(this.#file, 'utf8') : ''
    for (const line of text.split('\n')) {
      const parsed = v.safeParse(Line, parseLine(line))
      if (parsed.success) this.#apply(parsed.output.room, parsed.output.event)
    }
    writeFileSync(`${this.#file}.new`, [...this.#lines()].join(''))
    renameSync(`${this.#file}.new`, this.#file)
  }

  /** A room as it is now. */
  room(name: string): RoomState {
    return this.#rooms.get(name) ?? EMPTY_ROOM
  }

  /** All rooms with the last thing that was said there, in the order in which they came to be. */
  rooms(): RoomSummary[] {
    return [...this.#rooms].map(([name, { messages }]) => ({ name, last: messages.at(-1) ?? null }))
  }

  /** Resolves when the event is kept; several resolve in the order in which they were added. */
  add(room: string, event: RoomEvent): Promise<void> {
    const added = this.#written.then(async () => {
      // What changes nothing was added before.
      if (reduceRoom(this.room(room), event) === this.room(room)) return
      await appendFile(this.#file, toLine(room, event))
      this.#apply(room, event)
    })
    this.#written = added.catch(() => undefined)
    return added
  }

  /** Resolves when everything that was added is kept. */
  flush(): Promise<void> {
    return this.#written
  }

  #apply(room: string, event: RoomEvent): void {
    this.#rooms.set(room, reduceRoom(this.room(room), event))
  }

  *#lines(): Iterable<string> {
    for (const [room, { messages, reads }] of this.#rooms) {
      for (const message of messages) yield toLine(room, { type: 'message', message })
      for (const [by, messageId] of reads) yield toLine(room, { type: 'read', by, messageId })
    }
  }
}

const toLine = (room: string, event: RoomEvent): string => `${JSON.stringify({ room, event })}\n`

/** The last line may be torn: the process was killed while it wrote, and nobody was told of that event. */
function parseLine(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}
