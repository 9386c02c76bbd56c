import type { RawData, WebSocket } from 'ws'
import { findMismatch, show } from './frame-matcher.js'
import type { RawPeer } from './raw-peer.js'

const DEFAULT_TIMEOUT_MS = 10_000
const MAX_TRANSCRIPT_LINES = 200

interface Waiting {
  readonly isDone: () => boolean
  readonly finish: () => void
}

/**
 * The raw peer on a `ws` socket, whichever side opened it.
 *
 * Not in charge of the handshake: `connectRawPeer` and `startRawServer` are.
 * Rule: nothing is sent that a test did not ask for; `ws` itself answers only WebSocket pings and close frames.
 */
export class RawSocketPeer implements RawPeer {
  readonly messages: (string | Uint8Array)[] = []
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>
  bytesReceived = 0
  bytesSent = 0
  readonly #socket: WebSocket
  readonly #ignores: (frame: unknown) => boolean
  readonly #unread: unknown[] = []
  readonly #lines: string[] = []
  readonly #waiting = new Set<Waiting>()
  #pongsWanted = 0
  #pongsSeen = 0
  #end: { readonly code: number; readonly reason: string } | undefined

  constructor(socket: WebSocket, ignores: (frame: unknown) => boolean = () => false) {
    this.#socket = socket
    this.#ignores = ignores
    this.closed = new Promise((resolve) => {
      socket.on('close', (code, reason) => {
        this.#end = { code, reason: reason.toString() }
        this.#note('*', `closed with ${code} ${this.#end.reason}`.trimEnd())
        resolve(this.#end)
        this.#wake()
      })
    })
    socket.on('error', (error) => this.#note('*', error.message))
    socket.on('message', (data, isBinary) => this.#onMessage(data, isBinary))
  }

  get protocol(): string {
    return this.#socket.protocol
  }

  get transcript(): string {
    return this.#lines.join('\n')
  }

  sends(message: unknown): void {
    const raw = typeof message === 'string' || message instanceof Uint8Array ? message : JSON.stringify(message)
    this.bytesSent += typeof raw === 'string' ? Buffer.byteLength(raw) : raw.byteLength
    this.#note('>', typeof raw === 'string' ? raw : show(raw))
    // A socket that is gone shows in `receives` and `isClosedWith`, where the test waits.
    this.#socket.send(raw, () => {})
  }

  async receives(expected: unknown = () => true, options: { timeoutMs?: number } = {}): Promise<unknown> {
    await this.#until(() => this.#unread.length > 0, `a frame like ${show(expected)}`, options.timeoutMs)
    const frame = this.#unread.shift()
    const mismatch = findMismatch(expected, frame)
    if (mismatch === undefined) return frame
    throw this.#failure(`The next frame differs at ${mismatch}\nexpected: ${show(expected)}\nreceived: ${show(frame)}`)
  }

  async isClosedWith(code: number, reasonPart: string | RegExp = ''): Promise<void> {
    await this.#until(() => this.#end !== undefined, `a close with ${code}`)
    const reason = this.#end?.reason ?? ''
    const reasonFits = typeof reasonPart === 'string' ? reason.includes(reasonPart) : reasonPart.test(reason)
    if (this.#end?.code === code && reasonFits) return
    throw this.#failure(`Expected a close with ${code} ${reasonPart}, got ${this.#end?.code} ${reason}`)
  }

  async ping(): Promise<readonly unknown[]> {
    this.#pongsWanted++
    // Pongs come in the order of their pings, so this one's is the last of those that are owed.
    const awaited = this.#pongsSeen + this.#pongsWanted
    this.sends({ ping: 0 })
    await this.#until(() => this.#pongsSeen >= awaited, 'a pong')
    return [...this.#unread]
  }

  closes(code = 1000, reason = ''): void {
    this.#note('>', `close ${code} ${reason}`.trimEnd())
    this.#socket.close(code, reason)
  }

  terminate(): void {
    this.#note('>', 'terminates')
    this.#socket.terminate()
  }

  pauseReading(): void {
    this.#socket.pause()
  }

  resumeReading(): void {
    this.#socket.resume()
  }

  #onMessage(data: RawData, isBinary: boolean): void {
    // `ws` gives one Buffer for each message unless its binaryType is changed, which nobody does here.
    const bytes = data as Buffer
    this.bytesReceived += bytes.byteLength
    const message = isBinary ? new Uint8Array(bytes) : bytes.toString()
    this.messages.push(message)
    this.#note('<', typeof message === 'string' ? message : show(message))
    for (const frame of unpack(message)) this.#take(frame)
    this.#wake()
  }

  #take(frame: unknown): void {
    if (this.#pongsWanted > 0 && isPong(frame)) {
      this.#pongsWanted--
      this.#pongsSeen++
    } else if (!this.#ignores(frame)) {
      this.#unread.push(frame)
    }
  }

  /** Waits for a condition that only a message or the close can bring about. */
  async #until(isDone: () => boolean, what: string, timeoutMs: number = DEFAULT_TIMEOUT_MS): Promise<void> {
    if (isDone()) return
    if (this.#end !== undefined) throw this.#failure(`Expected ${what}, but the socket is closed.`)
    let timer: NodeJS.Timeout | undefined
    let waiting: Waiting | undefined
    const inTime = await new Promise<boolean>((resolve) => {
      timer = setTimeout(() => resolve(false), timeoutMs)
      waiting = { isDone, finish: () => resolve(true) }
      this.#waiting.add(waiting)
    })
    clearTimeout(timer)
    if (waiting !== undefined) this.#waiting.delete(waiting)
    if (!inTime) throw this.#failure(`Expected ${what}, but nothing came within ${timeoutMs} ms.`)
    if (!isDone()) throw this.#failure(`Expected ${what}, but the socket is closed.`)
  }

  #wake(): void {
    for (const waiting of this.#waiting) if (this.#end !== undefined || waiting.isDone()) waiting.finish()
  }

  #note(mark: '>' | '<' | '*', text: string): void {
    this.#lines.push(`${mark} ${text.length > 1_000 ? `${text.slice(0, 1_000)}… (${text.length} characters)` : text}`)
    if (this.#lines.length > MAX_TRANSCRIPT_LINES) this.#lines.shift()
  }

  #failure(message: string): Error {
    return new Error(`${message}\ntranscript (> sent, < received):\n${this.transcript}`)
  }
}

function unpack(message: string | Uint8Array): readonly unknown[] {
  if (typeof message !== 'string') return [message]
  try {
    const parsed: unknown = JSON.parse(message)
    return Array.isArray(parsed) ? parsed : [parsed]
  } catch {
    return [message]
  }
}

function isPong(frame: unknown): boolean {
  return typeof frame === 'object' && frame !== null && 'pong' in frame
}
