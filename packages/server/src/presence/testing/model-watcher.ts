/**
 * A connection that watches one topic and keeps the list as a client does, for tests.
 *
 * Rule: it fails at once when a version is missing that was not announced by a new list.
 */

import { type Message, PreparedMessage } from '@trunkline/core'
import { parseServerFrame } from '@trunkline/testkit'
import type { TopicSubscriber } from '../../topics/subscription.js'

export class ModelWatcher implements TopicSubscriber {
  /** Set it to look like a full socket. */
  bufferedBytes = 0
  /** Encoded states, by identity. */
  members: Map<string, unknown> = new Map()
  count = 0
  version = 0
  /** Lists that came. */
  lists = 0
  closed: string | undefined
  /** Kinds of all frames that came, in order. */
  readonly kinds: string[] = []
  /** Messages that came; shared ones are the same objects for all watchers. */
  readonly messages: Message[] = []
  #writable: (() => void)[] = []

  send(frame: string): void {
    this.#take(frame)
  }

  sendPrepared(message: PreparedMessage | Uint8Array): void {
    this.messages.push(message)
    if (message instanceof PreparedMessage) this.#take(message.text)
  }

  whenWritable(callback: () => void): void {
    this.#writable.push(callback)
  }

  /** The socket took everything. */
  drain(): void {
    this.bufferedBytes = 0
    const callbacks = this.#writable
    this.#writable = []
    for (const callback of callbacks) callback()
  }

  #take(text: string): void {
    const parsed: unknown = JSON.parse(text)
    for (const raw of Array.isArray(parsed) ? parsed : [parsed]) {
      const frame = parseServerFrame(raw)
      this.kinds.push(frame.kind)
      if (frame.kind === 'closed') this.closed = frame.code
      else if (frame.kind === 'watched') {
        this.lists += 1
        this.members = new Map(frame.members.map(({ identity, data }) => [identity, data]))
        this.version = frame.version
        this.count = frame.count
      } else if (frame.kind === 'member' || frame.kind === 'left' || frame.kind === 'present') {
        if (frame.version !== this.version + 1) {
          throw new Error(`Version ${frame.version} came after ${this.version}: ${text}`)
        }
        this.version = frame.version
        this.count = frame.count
        if (frame.kind === 'member') this.members.set(frame.identity, frame.data)
        else if (frame.kind === 'left' && !this.members.delete(frame.identity)) {
          throw new Error(`${frame.identity} left and was not listed.`)
        }
      } else throw new Error(`A watcher gets no ${frame.kind}: ${text}`)
    }
  }
}
