/**
 * The events of a client, and the one door for listeners that throw.
 *
 * Not an EventEmitter: the smallest of those is a tenth of what the whole client may weigh.
 * Rule: a listener that throws harms nobody and is reported; nothing of it reaches the code that called.
 */
import type { ConnectionStatus } from './connection-status.js'

/** A listener of the app that threw. */
export interface ListenerFailure {
  readonly error: unknown
  /** Path of the topic or subscription, or the name of the event. */
  readonly path: string
}

/** What a client tells. */
export interface ClientEvents {
  readonly changed: ConnectionStatus
  readonly 'listener-failed': ListenerFailure
}

export interface Emitter {
  on<TName extends keyof ClientEvents>(name: TName, listener: (event: ClientEvents[TName]) => void): () => void
  emit<TName extends keyof ClientEvents>(name: TName, event: ClientEvents[TName]): void
  /** Calls a function of the app, if there is one. `path` says whose it is. What it throws is told, else printed. */
  guard<TArgs extends unknown[]>(
    path: string,
    listener: ((...args: TArgs) => void) | undefined,
    ...args: NoInfer<TArgs>
  ): void
}

const FAILED = 'listener-failed'

export function createEmitter(): Emitter {
  const listeners: { readonly [TName in keyof ClientEvents]: Set<(event: never) => void> } = {
    changed: new Set(),
    [FAILED]: new Set(),
  }
  const emitter: Emitter = {
    on: (name, listener) => {
      // A function of its own, so that one listener can be added twice and removed once.
      const entry = (event: never): void => listener(event)
      listeners[name].add(entry)
      return () => listeners[name].delete(entry)
    },
    emit: (name, event) => {
      const set = listeners[name]
      // Who is added meanwhile did not listen when it happened, and could be added for ever; who is removed hears nothing.
      for (const listener of [...set]) if (set.has(listener)) emitter.guard(name, listener, event as never)
    },
    guard: (path, listener, ...args) => {
      try {
        listener?.(...args)
      } catch (error) {
        // Where nobody listens, and of a listener of this very event, it goes to the console: it must not vanish.
        if (path !== FAILED && listeners[FAILED].size > 0) emitter.emit(FAILED, { error, path })
        else console.error(`trunkline: ${path}`, error)
      }
    },
  }
  return emitter
}
