import type { Codec, EncodedPayload } from '../codec.js'

/** A payload as a receiver has it: parsed members and attachments. */
export interface Received {
  readonly data?: unknown
  readonly meta?: unknown
  readonly bytes?: readonly number[]
}

/** The fragment of a payload, with or without attachments. */
export function fragmentOf(payload: EncodedPayload): string {
  return typeof payload === 'string' ? payload : payload.fragment
}

/** Parses a fragment as the frame around it would be. */
export function receive(payload: EncodedPayload): Received {
  return JSON.parse(`{"ok":1${fragmentOf(payload)}}`) as Received
}

/** Encodes, writes, parses and decodes a value. */
export function throughWire(codec: Codec, value: unknown): unknown {
  const payload = codec.encode(value)
  const { data, meta } = receive(payload)
  return codec.decode(data, meta, typeof payload === 'string' ? [] : payload.bytes)
}
