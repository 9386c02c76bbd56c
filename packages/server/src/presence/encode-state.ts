/**
 * A member's state on its way to others: checked, encoded, and small.
 */
import { type Codec, type TopicDefinition, TrunklineError, validate } from '@trunkline/core'
import { MAX_STATE_BYTES } from '@trunkline/core/protocol'

/**
 * Checks a state against the topic's schema and encodes what the schema makes of it.
 *
 * @throws TrunklineError `INVALID_INPUT`, `PAYLOAD_TOO_LARGE`, `NOT_FOUND` where the topic has no presence.
 */
export async function encodeState(
  value: unknown,
  { presence }: TopicDefinition,
  codec: Codec,
  path: string,
): Promise<string> {
  if (presence === undefined) throw new TrunklineError('NOT_FOUND', `The topic ${path} declares no presence.`, { path })
  const payload = codec.encode(await validate(presence, value, `state on ${path}`))
  if (typeof payload !== 'string') {
    throw new TrunklineError('INVALID_INPUT', `A state holds no bytes, files or blobs; that on ${path} does.`, { path })
  }
  if (payload.length <= MAX_STATE_BYTES) return payload
  throw new TrunklineError(
    'PAYLOAD_TOO_LARGE',
    `A state on ${path} takes ${payload.length} units encoded; at most ${MAX_STATE_BYTES} are allowed.`,
    { path },
  )
}
