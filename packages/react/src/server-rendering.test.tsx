// @vitest-environment happy-dom
import {
  type DehydratedState,
  dehydrate,
  HydrationBoundary,
  QueryClient,
  QueryClientProvider,
} from '@tanstack/react-query'
import { waitFor } from '@testing-library/react'
import { type Position, upsertBy } from '@trunkline/client'
import { eventually } from '@trunkline/testkit'
import { hydrateRoot } from 'react-dom/client'
import { renderToString } from 'react-dom/server'
import { expect, onTestFinished, test, vi } from 'vitest'
import { type AppRouter, counts, type Message } from '../test/api.js'
import { startApp } from '../test/start-app.js'
import type { PlacedState } from './index.js'
import { createQueries } from './queries.js'
import { useLiveQuery } from './use-live-query.js'

/** What a server hands to the page, as text. */
interface Page {
  readonly wall: PlacedState<Message[]>
  readonly since: Position
  readonly queries: DehydratedState
}

const byId = upsertBy<Message>(({ id }) => id)

async function startPage() {
  const app = await startApp()
  const { api, TrunklineProvider, useConnection, caller, client, connect } = app
  const shown: string[] = []

  function Wall({ wall }: Pick<Page, 'wall'>) {
    // A reducer that does take harm of an event that comes twice.
    const { data, status } = api.wall.useLive(
      { room: 'a' },
      { initial: wall, reduce: (messages, message) => [...messages, message] },
    )
    return <p>{`wall ${status}: ${data?.map(({ text }) => text).join()}`}</p>
  }
  function List({ since }: Pick<Page, 'since'>) {
    const { query } = useLiveQuery(
      api.messages.list,
      { room: 'a' },
      { topic: api.room, params: { room: 'a' }, patch: byId, since },
    )
    const { members } = api.room.usePresence({ room: 'a' })
    const { state } = useConnection()
    const who = api.whoami.useQuery(undefined, { staleTime: 60_000 })
    const list = query.data?.map(({ text }) => text).join()
    shown.push(`${list}`)
    return <p>{`list of ${who.data}: ${list}; ${members.length} here, ${state}`}</p>
  }
  function App({ page, queryClient, of }: { page: Page; queryClient: QueryClient; of: typeof client }) {
    return (
      <QueryClientProvider client={queryClient}>
        <TrunklineProvider client={of}>
          <HydrationBoundary state={page.queries}>
            <Wall wall={page.wall} />
            <List since={page.since} />
          </HydrationBoundary>
        </TrunklineProvider>
      </QueryClientProvider>
    )
  }
  /** What a server does for a request. */
  const respond = async (): Promise<{ html: string; page: Page }> => {
    const since = await caller.room.position({ room: 'a' })
    const wall = await caller.wall.snapshot({ room: 'a' })
    const queryClient = new QueryClient()
    const queries = createQueries<AppRouter>(caller)
    await queries.messages.list.prefetch(queryClient, { room: 'a' })
    await queries.whoami.prefetch(queryClient)
    const page: Page = JSON.parse(JSON.stringify({ wall, since, queries: dehydrate(queryClient) }))
    const html = renderToString(<App page={page} queryClient={new QueryClient()} of={client} />)
    return { html, page }
  }
  return { ...app, App, respond, connect, shown }
}

test('the page goes on where the server was: nothing is fetched twice, and what was published meanwhile is seen once', async () => {
  const { App, respond, say, client, queryClient, shown, server } = await startPage()
  await say('a', 'one')
  const { html, page } = await respond()
  expect(html).toContain('wall connecting: one')
  expect(html).toContain('list of server: one; 0 here, idle')
  // A server subscribes to nothing.
  await client.connection.connect()
  expect(server.metrics().subscriptions).toBe(0)
  const asked = { ...counts }

  await say('a', 'meanwhile')
  const root = document.createElement('div')
  root.innerHTML = html
  document.body.append(root)
  const complaints = vi.spyOn(console, 'error')
  shown.length = 0
  const hydrated = hydrateRoot(root, <App page={page} queryClient={queryClient} of={client} />)
  onTestFinished(() => {
    hydrated.unmount()
    root.remove()
  })
  await waitFor(() => expect(root.textContent).toContain('wall live: one,meanwhile'))
  await waitFor(() => expect(root.textContent).toContain('list of server: one,meanwhile; 0 here, open'))
  await say('a', 'later')
  await eventually(() => shown.at(-1) === 'one,meanwhile,later')
  await waitFor(() => expect(root.textContent).toContain('wall live: one,meanwhile,later'))

  expect(shown[0]).toBe('one')
  expect(counts).toMatchObject({ lists: asked.lists, snapshots: asked.snapshots })
  // What the browser rendered first was what the server had rendered.
  expect(complaints).not.toHaveBeenCalled()
})

test('control: a state without its position misses what was published meanwhile', async () => {
  const { api, show, say, caller } = await startApp()
  await say('a', 'one')
  const { state } = await caller.wall.snapshot({ room: 'a' })
  await say('a', 'meanwhile')
  const shown: string[] = []
  function Feed() {
    const { data, status } = api.room.useLive(
      { room: 'a' },
      { empty: state, reduce: (messages, message) => [...messages, message], onGap: (messages) => messages },
    )
    shown.push(`${status} ${data.map(({ text }) => text).join()}`)
    return null
  }
  show(<Feed />)
  await eventually(() => shown.at(-1)?.startsWith('live'))
  await say('a', 'later')
  await eventually(() => shown.at(-1)?.endsWith('later'))
  expect(shown.at(-1)).toBe('live one,later')
})
