/**
 * One direction of one proxied socket: bytes in, the direction's faults applied, bytes out.
 *
 * Not aware of the other direction, of WebSocket or of who asked for a fault: the proxy shares one `PipeRules` among
 * all pipes of a direction and calls `update` when it has changed.
 * Rule: the end of a source (FIN or RST) travels through the same queue as its bytes, so a delay delays it and a stall
 * hides it; and the queue is bounded, so a slow destination stops the source.
 */
import type { Socket } from 'node:net'

/** The faults of one direction; shared by all its pipes. */
export interface PipeRules {
  stalled: boolean
  delayMs: number
  bytesPerSecond: number
  /** Size of the next write, at most; called once for each. */
  nextPieceBytes: () => number
  /** How many more bytes may pass before the pipe that carries the last of them calls `onCut`. */
  bytesUntilCut: number
  onCut: (pipe: FaultPipe) => void
  forwardedBytes: number
}

type Entry = { readonly dueMs: number; readonly content: Buffer | 'end' | 'reset' }

// Delayed bytes are on their way as on a long wire, which holds more than a socket's buffer.
const MAX_QUEUED_BYTES = 64 * 1024
const MAX_DELAYED_BYTES = 1024 * 1024
// A throttled pipe writes about fifty times a second.
const THROTTLED_WRITES_PER_SECOND = 50

export class FaultPipe {
  readonly #source: Socket
  readonly #destination: Socket
  readonly #rules: PipeRules
  #queue: Entry[] = []
  #queuedBytes = 0
  #nextWriteMs = 0
  #timer: NodeJS.Timeout | undefined
  #blocked = false
  #disposed = false

  constructor(source: Socket, destination: Socket, rules: PipeRules) {
    this.#source = source
    this.#destination = destination
    this.#rules = rules
    source.on('data', this.#onData)
    source.on('end', this.#onEnd)
    source.on('close', this.#onClose)
    destination.on('drain', this.#onDrain)
    this.update()
  }

  /** Goes by the rules as they are now. */
  update(): void {
    if (this.#rules.stalled) this.#source.pause()
    this.#pump()
  }

  /** Forwards nothing any more and lets both sockets be. */
  dispose(): void {
    this.#disposed = true
    clearTimeout(this.#timer)
    this.#queue = []
    this.#source.off('data', this.#onData).off('end', this.#onEnd).off('close', this.#onClose)
    this.#destination.off('drain', this.#onDrain)
  }

  readonly #onData = (chunk: Buffer): void => {
    this.#enqueue(chunk)
    this.#queuedBytes += chunk.byteLength
    this.#pump()
  }

  readonly #onEnd = (): void => {
    this.#enqueue('end')
    this.#pump()
  }

  readonly #onClose = (hadError: boolean): void => {
    if (!hadError) return
    this.#enqueue('reset')
    this.#pump()
  }

  readonly #onDrain = (): void => {
    this.#blocked = false
    this.#pump()
  }

  #enqueue(content: Entry['content']): void {
    this.#queue.push({ dueMs: performance.now() + this.#rules.delayMs, content })
  }

  #pump(): void {
    clearTimeout(this.#timer)
    while (!this.#disposed && !this.#blocked && !this.#rules.stalled) {
      const head = this.#queue[0]
      if (head === undefined) break
      const waitMs = Math.max(head.dueMs, this.#nextWriteMs) - performance.now()
      if (waitMs > 0) {
        this.#timer = setTimeout(() => this.#pump(), Math.ceil(waitMs))
        break
      }
      this.#queue.shift()
      if (head.content === 'end') this.#destination.end()
      else if (head.content === 'reset') this.#destination.resetAndDestroy()
      else this.#forward(head.content, head.dueMs)
    }
    this.#steerSource()
  }

  #forward(chunk: Buffer, dueMs: number): void {
    const rules = this.#rules
    const perWrite = Math.max(1, Math.ceil(rules.bytesPerSecond / THROTTLED_WRITES_PER_SECOND))
    const size = Math.min(chunk.byteLength, perWrite, rules.nextPieceBytes(), rules.bytesUntilCut)
    if (size < chunk.byteLength) this.#queue.unshift({ dueMs, content: chunk.subarray(size) })
    this.#queuedBytes -= size
    this.#nextWriteMs = performance.now() + (size / rules.bytesPerSecond) * 1_000
    rules.forwardedBytes += size
    rules.bytesUntilCut -= size
    if (rules.bytesUntilCut > 0) {
      this.#blocked = !this.#destination.write(chunk.subarray(0, size))
      return
    }
    // The cut waits until the kernel has the last byte, else a reset would throw away what was to arrive.
    this.#blocked = true
    rules.bytesUntilCut = Number.POSITIVE_INFINITY
    this.#destination.write(chunk.subarray(0, size), () => rules.onCut(this))
  }

  #steerSource(): void {
    if (this.#disposed) return
    const limit = this.#rules.delayMs > 0 ? MAX_DELAYED_BYTES : MAX_QUEUED_BYTES
    const full = this.#queuedBytes >= limit || (this.#blocked && this.#queuedBytes > 0)
    if (this.#rules.stalled || full) this.#source.pause()
    else this.#source.resume()
  }
}
