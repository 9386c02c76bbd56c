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

/** Makes payloads of values and values of payloads. Both sides of a connection must use the same one. */
export interface Codec {
  readonly name: string
  /**
   * Encodes `value`, which stays as it is.
   *
   * @throws PayloadError naming the path, what was expected and what came; nothing of the value was kept.
   */
  encode(value: unknown): EncodedPayload
  /**
   * Builds a value of the parsed members `data` and `meta` of a frame and its attachments. Owns `data` from then on: it
   * may become part of the value. Attachments become views, not copies.
   *
   * @throws PayloadError when the payload breaks a rule; nothing was built of it then.
   */
  decode(data: unknown, meta: unknown, bytes: readonly Uint8Array[]): unknown
}
