/**
 * Publishing from a client, where the topic lets clients (P5.9).
 */
import { TrunklineError } from '@trunkline/core'
import type { PublishFrame } from '@trunkline/core/protocol'
import type { Connection } from './connection.js'
import { digest } from './digest.js'
import { decodePayload } from './payload.js'
import type { Session } from './session.js'
import { accessTopic } from './topic-access.js'
import { admitTopicCall, answerTopicCall } from './topic-call.js'

/** Publishes what a frame says, or answers why not. */
export function publishFromClient(frame: PublishFrame, connection: Connection, session: Session): void {
  if (!admitTopicCall(frame.id, frame.topic, 'calls', connection, session)) return
  answerTopicCall(frame.id, frame.topic, 'calls', session, publish(frame, session))
}

/** Gives the position of the event, encoded. */
async function publish(frame: PublishFrame, session: Session): Promise<string> {
  const { codec, hub } = session.services
  const { topic, key } = await accessTopic(frame.topic, frame.params, 'publish', session)
  if (!topic.definition.clientPublish) {
    throw new TrunklineError('FORBIDDEN', `Clients may not publish on ${frame.topic}: declare it with clientPublish.`)
  }
  const event = decodePayload(frame, codec, `event of ${frame.topic}`)
  const id = eventId(frame, session)
  const position = await hub.publish({ path: frame.topic, key, definition: topic.definition, event, id })
  return asText(codec.encode(position))
}

/**
 * The scope keeps one client's key from meeting another's. The length says where the identity ends: no key that a peer
 * makes up reads as one of somebody else, or as an id of the app, whose event would be taken for a repeat.
 */
function eventId({ id, key }: PublishFrame, { token, identity }: Session): string {
  // Brokers keep ids, and the session token is a secret (P12.3).
  return key === undefined ? digest(`${token}:${id}`) : `${identity.length}:${identity}:${key}`
}

function asText(payload: string | { readonly fragment: string }): string {
  return typeof payload === 'string' ? payload : payload.fragment
}
