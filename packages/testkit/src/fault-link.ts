import { connect, type Socket } from 'node:net'
import type { Direction } from './direction.js'
import { FaultPipe, type PipeRules } from './fault-pipe.js'

/**
 * One client's socket and the socket to the target that was opened for it.
 *
 * Not a place for rules: it only joins two pipes and ends them together.
 * Rule: once cut or swallowed it never carries a byte again, since its stream has a hole.
 */
export class FaultLink {
  readonly #client: Socket
  readonly #target: Socket | undefined
  readonly #pipes: FaultPipe[] = []
  #cut = false

  /** @param target - undefined for a client that talks into a black hole. */
  constructor(client: Socket, target: { host: string; port: number } | undefined, rules: Record<Direction, PipeRules>) {
    this.#client = client
    client.on('error', () => {})
    if (target === undefined) {
      swallow(client)
      return
    }
    this.#target = connect({ ...target, allowHalfOpen: true, noDelay: true })
    this.#target.on('error', () => {})
    this.#pipes.push(new FaultPipe(client, this.#target, rules.toServer))
    this.#pipes.push(new FaultPipe(this.#target, client, rules.toClient))
  }

  get sockets(): readonly Socket[] {
    return this.#target === undefined ? [this.#client] : [this.#client, this.#target]
  }

  /** Whether bytes may still pass, as far as the proxy can see. */
  get live(): boolean {
    return !this.#cut && this.sockets.every((socket) => !socket.destroyed)
  }

  has(pipe: FaultPipe): boolean {
    return this.#pipes.includes(pipe)
  }

  update(): void {
    for (const pipe of this.#pipes) pipe.update()
  }

  /** Ends both sockets: by RST, or by FIN after what was written. */
  cut(reset: boolean): void {
    this.#cut = true
    for (const pipe of this.#pipes) pipe.dispose()
    for (const socket of this.sockets) {
      if (reset) {
        socket.resetAndDestroy()
        continue
      }
      socket.end()
      // Unread bytes would make the kernel send RST instead of FIN, so they are read until the peer ends too.
      swallow(socket)
    }
  }

  /** Keeps both sockets open and drops whatever they say. */
  swallow(): void {
    for (const pipe of this.#pipes) pipe.dispose()
    for (const socket of this.sockets) swallow(socket)
  }

  destroy(): void {
    for (const pipe of this.#pipes) pipe.dispose()
    for (const socket of this.sockets) socket.destroy()
  }
}

function swallow(socket: Socket): void {
  socket.resume()
  socket.once('end', () => socket.end())
}
