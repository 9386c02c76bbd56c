/**
 * The seam between values and the wire.
 *
 * Not a frame: a codec makes the members of a frame that carry a payload, and reads them back.
 * Rule: what both sides may rely on is P2.4, P2.5 and P2.7 of the spec; a codec adds nothing that the frame must know.
 */

/**
 * What a codec makes of a value: a piece of JSON text that goes into a frame right behind the members before it.
 * `''` for `undefined`; `,"data":<json>` for plain JSON; `,"data":<json>,"meta":<json>` for values that JSON cannot say;
 * with attachments an `EncodedBytes`, whose fragment also holds `,"bytes":[n1,n2]`.
 *
 * @see spec/PROTOCOL.md#2-messages
 */
export type EncodedPayload = string | EncodedBytes

/** An encoded payload with attachments; its frame travels as a binary message. */
export interface EncodedBytes {
  readonly fragment: string
  /** Views on the memory of the value: they show what the app writes into it until they were sent. */
  readonly bytes: readonly Uint8Array[]
}

/**
 * Writes and reads binary messages (P2.5). Part of a codec, so that a client whose codec carries no bytes does not
 * download it.
 */
export interface BinaryFraming {
  /** One message of a frame's JSON and its attachments. */
  write(headerJson: string, bytes: readonly Uint8Array[]): Uint8Array
  /** Takes a message apart; throws PayloadError when it is not framed. */
  read(message: Uint8Array): BinaryMessage
}

/** A binary message taken apart. */
export interface BinaryMessage {
  /** The frame's JSON, not parsed. */
  readonly header: string
  /**
   * Cuts the rest of the message.
   *
   * @param sizes - the frame's `bytes`, as it came.
   * @throws PayloadError when a size is not a whole number from 0, or their sum is not what is left of the message.
   */
  attachments(sizes: readonly unknown[]): Uint8Array[]
}

/** Makes payloads of values and values of payloads. Both sides of a connection must use the same one. */
export interface Codec {
  readonly name: string
  /** How messages with attachments are framed; undefined in a codec that carries no bytes. */
  readonly binary?: BinaryFraming | undefined
  /**
   * Encodes `value`, which stays as it is.
   *
   * @throws PayloadError naming the path, what was expected and what came; nothing of the value was kept.
   *   UnreadBlobError where it would be encoded but for Blobs and Files: its `read()` gives the payload later.
   */
  encode(value: unknown): EncodedPayload
  /**
   * Builds a value of the parsed members `data` and `meta` of a frame and its attachments. Owns `data` from then on: it
   * may become part of the value. Attachments become views, not copies.
   *
   * @throws PayloadError when the payload breaks a rule; nothing was built of one that is too deep or has reserved keys.
   */
  decode(data: unknown, meta: unknown, bytes: readonly Uint8Array[]): unknown
}
