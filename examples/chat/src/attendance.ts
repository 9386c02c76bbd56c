import { EventEmitter, once } from 'node:events'

// Prefixed: a room may be called `error`, and an emitter throws an `error` that nobody listens to.
const changeIn = (room: string): string => `changed: ${room}`

/** Knows who is in which room. Somebody with two tabs is there once, until the second one leaves as well. */
export class Attendance {
  /** Room to name to how many times that person entered. */
  readonly #rooms = new Map<string, Map<string, number>>()
  readonly #changes = new EventEmitter().setMaxListeners(0)

  names(room: string): string[] {
    return [...(this.#rooms.get(room)?.keys() ?? [])].sort()
  }

  /** Whether `name` was not there before. */
  enter(room: string, name: string): boolean {
    const people = this.#rooms.get(room) ?? new Map<string, number>()
    const times = people.get(name) ?? 0
    this.#rooms.set(room, people.set(name, times + 1))
    if (times === 0) this.#changes.emit(changeIn(room))
    return times === 0
  }

  /** Whether `name` is not there any more. */
  leave(room: string, name: string): boolean {
    const people = this.#rooms.get(room)
    const times = people?.get(name)
    if (people === undefined || times === undefined) return false
    if (times > 1) {
      people.set(name, times - 1)
      return false
    }
    people.delete(name)
    if (people.size === 0) this.#rooms.delete(room)
    this.#changes.emit(changeIn(room))
    return true
  }

  /** Gives the names now and after every change, until `signal` fires. */
  async *watch(room: string, signal: AbortSignal): AsyncGenerator<string[]> {
    while (!signal.aborted) {
      // Listening begins before the names are given, or a change made while they are on their way would be missed.
      const changed = once(this.#changes, changeIn(room), { signal }).catch(() => undefined)
      yield this.names(room)
      await changed
    }
  }
}
