import type { Chat } from './connect.js'

export type Here = ReturnType<Chat['api']['room']['join']>

export interface Visitor {
  readonly name: string
  readonly typing: boolean
}

interface Onlooker {
  /** Who is in the room now. */
  readonly onVisitors: (visitors: readonly Visitor[]) => void
  /** Somebody else came or went; the sentence says who. */
  readonly onNotice: (sentence: string) => void
}

/** Enters a room as `name`, until `leave()` or the end of the connection, and watches who else is there. */
export function enterRoom({ api }: Chat, room: string, name: string, { onVisitors, onNotice }: Onlooker): Here {
  const here = api.room.join({ room }, { typing: false })
  /** Unknown at first: who was there before us did not just come. */
  let before: readonly string[] | undefined
  here.members.subscribe((members) => {
    // Who it is says the server: a name in the state would be what each client says of itself.
    const visitors = members.map(({ identity, state }) => ({ ...state, name: identity }))
    // Not ourselves: after a restart of the server we may hear who is there before we are there again.
    const names = visitors.map((visitor) => visitor.name).filter((each) => each !== name)
    if (before !== undefined) {
      for (const each of names) if (!before.includes(each)) onNotice(`${each} joined`)
      for (const each of before) if (!names.includes(each)) onNotice(`${each} left`)
    }
    before = names
    onVisitors(visitors)
  })
  return here
}

/** Shows the others that we are writing. The server takes it back by itself, also when this page is gone. */
export function tellTyping(here: Here): void {
  here.update({ typing: true }, { revertAfterMs: 3_000 })
}
