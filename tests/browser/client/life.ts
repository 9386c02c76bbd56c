/**
 * A page whose life a test decides: it listens, is present, and keeps its position where a reload finds it.
 */
import { createClient, type Position } from '@trunkline/client'
import type { BrowserRouter } from './router.js'

/** What the page has seen, as plain JSON for the test to judge. */
export interface Life {
  readonly events: number[]
  readonly states: string[]
  gaps: number
}

const life: Life = { events: [], states: [], gaps: 0 }

/** Starts it; resolves when it is live and its place is kept. */
function live(url: string, { closesOnLeave = false } = {}): Promise<void> {
  const { api, connection } = createClient<BrowserRouter>({ url, reconnect: { baseMs: 20 } })
  connection.on('changed', ({ state, reason = '' }) => life.states.push(`${state} ${reason}`.trim()))
  if (closesOnLeave) addEventListener('pagehide', () => connection.close())
  api.room.join({ room: 'life' }, { name: 'page' })
  const stored = sessionStorage.getItem('position')
  return new Promise((resolve) => {
    api.room.subscribe(
      { room: 'life' },
      {
        since: stored === null ? 'start' : (JSON.parse(stored) as Position),
        onEvent: (n, { position }) => {
          life.events.push(n)
          sessionStorage.setItem('position', JSON.stringify(position))
        },
        onGap: () => {
          life.gaps += 1
        },
        onStatus: (status) => status === 'live' && resolve(),
      },
    )
  })
}

// What the test calls.
Object.assign(globalThis, { life, live })
