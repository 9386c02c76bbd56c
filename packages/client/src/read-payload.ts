/**
 * What came with a frame, as a value of the app.
 *
 * Rule: a payload that cannot be decoded fails what it belongs to, alone (P2.12).
 */
import { type Codec, TrunklineError } from '@trunkline/core'
import type { RawPayload } from '@trunkline/core/protocol'

/** Gives the value to `take`, or to `fail` that it cannot be had. `path` is whose it is. */
export function readPayload(
  codec: Codec,
  { data, meta, bytes }: RawPayload,
  path: string,
  take: (value: unknown) => void,
  fail: (error: TrunklineError) => void,
): void {
  let value: unknown
  try {
    value = codec.decode(data, meta, bytes)
  } catch (cause) {
    return fail(new TrunklineError('RESULT_LOST', String(cause), { path, cause }))
  }
  take(value)
}
