/**
 * Publishing from a client, where the topic lets clients (P5.9).
 *
 * Rule: it is a call: its id increases, it holds a slot, and it is answered once.
 */
import { TrunklineError } from '@trunkline/core'
import { type PublishFrame, writeOk } from '@trunkline/core/protocol'
import type { Connection } from './connection.js'
import { digest } from './digest.js'
import { payloadError } from './payload.js'
import type { Session } from './session.js'
import { accessTopic, toTrunklineError } from './topic-access.js'

/** Publishes what a frame says, or answers why not. */
export function publishFromClient(frame: PublishFrame, connection: Connection, session: Session): void {
  if (frame.id <= session.lastId) {
    return connection.refuseFrame(frame.id, `Ids increase in a session: ${frame.id} came after ${session.lastId}.`)
  }
  session.lastId = frame.id
  const { limits, codec, observer } = session.services
  if (session.calls >= limits.maxCalls) {
    observer.callFailed(frame.topic, session.identity, 'LIMIT_EXCEEDED')
    return session.refuse(
      frame.id,
      new TrunklineError('LIMIT_EXCEEDED', `${limits.maxCalls} calls are running already.`),
    )
  }
  session.calls += 1
  publish(frame, session)
    .then(
      (position) => session.send(writeOk(frame.id, asText(codec.encode(position)))),
      (error: unknown) => {
        const refused = toTrunklineError(payloadError(error, `event of ${frame.topic}`), frame.topic, session)
        observer.callFailed(frame.topic, session.identity, refused.code)
        session.refuse(frame.id, refused)
      },
    )
    .finally(() => {
      session.calls -= 1
    })
}

async function publish(frame: PublishFrame, session: Session): Promise<unknown> {
  const { codec, hub } = session.services
  const { topic, key } = await accessTopic(frame.topic, frame.params, 'publish', session)
  if (!topic.definition.clientPublish) {
    throw new TrunklineError('FORBIDDEN', `Clients may not publish on ${frame.topic}: declare it with clientPublish.`)
  }
  const event = codec.decode(frame.data, frame.meta, frame.bytes)
  return hub.publish({ path: frame.topic, key, definition: topic.definition, event, id: eventId(frame, session) })
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
