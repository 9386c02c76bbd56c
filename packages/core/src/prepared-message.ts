/**
 * One text message on its way to many sockets.
 *
 * Not a queue entry with a recipient: it belongs to nobody, so every subscriber can share it.
 * Rule: its text never changes; a transport may keep the bytes that it makes of it in `wire`.
 */
export class PreparedMessage {
  /** What the transport made of the text, so that it does so once for all sockets. Owned by the transport. */
  wire: unknown = undefined
  readonly text: string

  constructor(text: string) {
    this.text = text
  }

  get length(): number {
    return this.text.length
  }
}
