/**
 * The script's half of `startProcess`.
 *
 * Not for scripts that run alone: without a parent it throws.
 */

/** What a script says to the process that started it. */
export type FromChild = { ready: unknown } | { id: number; response: unknown } | { id: number; error: string }

interface ToChild {
  readonly id: number
  readonly name: string
  readonly payload: unknown
}

/** Answers one named request of the parent; each handler names the type of what its own test sends. */
export type ParentHandler = (payload: never) => unknown

/**
 * Answers the requests of the process that started this script, and tells it that the script is ready.
 *
 * The process exits when its parent is gone.
 *
 * @param ready - handed to the parent as `ChildHandle.ready`.
 */
export function answerParent(handlers: Readonly<Record<string, ParentHandler>>, ready: unknown = true): void {
  const send = process.send?.bind(process)
  if (send === undefined) throw new Error('This script is started by startProcess.')
  const tell = (message: FromChild): void => void send(message)

  process.once('disconnect', () => process.exit())
  const answer = async ({ id, name, payload }: ToChild): Promise<void> => {
    try {
      const handler = handlers[name]
      if (handler === undefined) throw new Error(`This script does not answer '${name}'.`)
      // Test and script belong together: the test sends under this name what the handler takes.
      tell({ id, response: await handler(payload as never) })
    } catch (error) {
      tell({ id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) })
    }
  }
  // Only the parent's side of this module writes to the channel.
  process.on('message', (message: ToChild) => void answer(message))
  tell({ ready })
}
