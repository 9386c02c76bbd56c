import type { Gap, SubscriptionHandle } from '@trunkline/client'
import type { Chat, RoomEvent } from './connect.js'

interface Follower {
  readonly onEvent: (event: RoomEvent) => void
  /** Something is missing; the sentence says what. */
  readonly onGap: (sentence: string) => void
  /** Whether the last event seen is known to be the newest. */
  readonly onLive: (isLive: boolean) => void
}

/** Follows what happens in a room, from the last 50 events on. The returned function stops. */
export function followRoom({ api }: Chat, room: string, { onEvent, onGap, onLive }: Follower): () => void {
  let events: SubscriptionHandle<unknown>
  const subscribe = (): void => {
    events = api.room.subscribe(
      { room },
      {
        since: { last: 50 },
        onEvent,
        onGap: (gap) => {
          onGap(describe(gap))
          if (gap.reason !== 'epoch' && gap.reason !== 'rewound') return
          // The server began another history and would go on at its end: read what it has of it first.
          events.unsubscribe()
          subscribe()
        },
        onStatus: (status) => onLive(status === 'live'),
      },
    )
  }
  subscribe()
  return () => events.unsubscribe()
}

function describe({ reason, missed }: Gap): string {
  if (reason === 'epoch') return 'The server was started anew: what was said just before may be missing'
  return `${missed ?? 'Some'} events are missing here`
}
