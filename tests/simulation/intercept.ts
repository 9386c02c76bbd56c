import type { Message, Transport } from '@trunkline/core'

interface Changes {
  readonly in?: (text: string) => string
  readonly out?: (text: string) => string
}

/** The same socket with its text messages changed on the way. */
export function intercept(socket: Transport, changes: Changes): Transport {
  return {
    attach: (events) =>
      socket.attach({
        ...events,
        onMessage: (message) =>
          events.onMessage(typeof message === 'string' ? (changes.in?.(message) ?? message) : message),
      }),
    send: (message: Message) =>
      socket.send(typeof message === 'string' ? (changes.out?.(message) ?? message) : message),
    close: (code, reason) => socket.close(code, reason),
    get bufferedBytes() {
      return socket.bufferedBytes
    },
  }
}
