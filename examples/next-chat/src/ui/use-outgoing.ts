import { useState } from 'react'
import type { Message } from '../chat/room-state'
import { api } from './trunkline'

/** A message on its way. */
export interface Outgoing {
  readonly id: string
  readonly text: string
  /** Why it was not sent, or may not have been. */
  readonly problem: string | undefined
}

/** Not `randomUUID`, which browsers offer over HTTPS and on localhost only: a phone in the same network has neither. */
const makeId = (): string => crypto.getRandomValues(new Uint32Array(4)).join('-')

/**
 * Sends messages, and shows each until the room has it: not until the call is answered, which comes a moment before.
 *
 * One that failed can be sent again without harm, whatever became of it, because its id stays the same.
 */
export function useOutgoing(
  room: string,
  messages: readonly Message[],
): { outgoing: readonly Outgoing[]; send: (text: string) => void; retry: (message: Outgoing) => void } {
  const [sent, setSent] = useState<readonly Outgoing[]>([])
  const { mutateAsync } = api.messages.send.useMutation()
  const outgoing = sent.filter(({ id }) => !messages.some((message) => message.id === id))

  const put = (message: Outgoing): void => {
    setSent((before) => [...before.filter(({ id }) => id !== message.id), message])
  }
  const retry = ({ id, text }: Outgoing): void => {
    put({ id, text, problem: undefined })
    mutateAsync({ room, id, text }).catch((error: Error) => put({ id, text, problem: `Not sent: ${error.message}` }))
  }
  return { outgoing, retry, send: (text) => retry({ id: makeId(), text, problem: undefined }) }
}
