/**
 * The time of a machine that may sleep: nothing runs meanwhile, and what fell due runs when it wakes.
 *
 * Rule: what was held back runs in the order in which it came. Whether the clock stands still in a sleep is the
 * platform's choice; the calendar goes on.
 */
import type { Clock, Transport } from '@trunkline/core'

export class SleepyClock implements Clock {
  isAsleep = false
  readonly #base: Clock
  readonly #stopsInSleep: boolean
  #asleepSince = 0
  #lostMs = 0
  #held: (() => void)[] = []

  constructor(base: Clock, stopsInSleep: boolean) {
    this.#base = base
    this.#stopsInSleep = stopsInSleep
  }

  now(): number {
    const baseMs = this.isAsleep && this.#stopsInSleep ? this.#asleepSince : this.#base.now()
    return baseMs - this.#lostMs
  }

  schedule(callback: () => void, delayMs: number): () => void {
    const dueMs = this.now() + delayMs
    let isCancelled = false
    let cancel: () => void
    const wait = (ms: number): void => {
      cancel = this.#base.schedule(() => this.whenAwake(ring), ms)
    }
    const ring = (): void => {
      if (isCancelled) return
      const leftMs = dueMs - this.now()
      if (leftMs > 0) wait(leftMs)
      else callback()
    }
    wait(delayMs)
    return () => {
      isCancelled = true
      cancel()
    }
  }

  /** Runs now, or when the machine wakes. */
  whenAwake(run: () => void): void {
    if (this.isAsleep || this.#held.length > 0) this.#held.push(run)
    else run()
  }

  sleep(): void {
    if (this.isAsleep) return
    this.#asleepSince = this.#base.now()
    this.isAsleep = true
  }

  wake(): void {
    if (!this.isAsleep) return
    this.isAsleep = false
    if (this.#stopsInSleep) this.#lostMs += this.#base.now() - this.#asleepSince
    // What one of them does may bring another one.
    for (let run = this.#held[0]; run !== undefined; run = this.#held[0]) {
      run()
      this.#held.shift()
    }
  }

  /** A socket of this machine: what arrives in its sleep is seen when it wakes. */
  attend(socket: Transport): Transport {
    return {
      attach: ({ onOpen, onMessage, onWritable, onClose }) =>
        socket.attach({
          onOpen: () => this.whenAwake(() => onOpen?.()),
          onMessage: (message) => this.whenAwake(() => onMessage(message)),
          onWritable: () => this.whenAwake(() => onWritable?.()),
          onClose: (code, reason) => this.whenAwake(() => onClose(code, reason)),
        }),
      send: (message) => socket.send(message),
      close: (code, reason) => socket.close(code, reason),
      get bufferedBytes() {
        return socket.bufferedBytes
      },
    }
  }
}
