/**
 * A client's life in a browser: calls, bytes, items, events, members, and a network that breaks under all of it.
 *
 * Runs in a page and in a worker alike, so it uses nothing of either.
 */
import { createClient } from '@trunkline/client'
import type { BrowserRouter } from './router.js'

/** What came of it, as plain JSON for the test to judge. */
export interface Report {
  readonly rich: readonly unknown[]
  readonly items: number
  readonly events: readonly number[]
  readonly gaps: number
  readonly members: readonly string[]
  readonly sums: readonly number[]
  readonly cut: unknown
  readonly states: readonly string[]
}

/** Lives it against the server at `url`. `place` keeps the topics of two runs apart. */
export async function runScenario(url: string, place: string): Promise<Report> {
  const { api, connection } = createClient<BrowserRouter>({ url, reconnect: { baseMs: 20 } })
  const states: string[] = []
  connection.on('changed', ({ state }) => states.push(state))

  const sent = { at: new Date(7), tags: new Map([['a', new Set([1])]]), big: 7n, bytes: new Uint8Array([1, 2, 255]) }
  // The procedure gives back what it got.
  const got = (await api.echo.query(sent)) as typeof sent
  const rich: unknown[] = [got.at.getTime(), [...(got.tags.get('a') ?? [])], String(got.big), [...got.bytes]]

  const file = (await api.echo.query(new File(['photo'], 'me.png', { type: 'image/png' }))) as File
  rich.push(file.name, file.type, await file.text())

  let items = 0
  for await (const item of api.count.subscribe(1_000)) if (item === items) items += 1

  const events: number[] = []
  let gaps = 0
  const all = new Promise<void>((resolve) => {
    api.room.subscribe(
      { room: place },
      {
        since: 'start',
        onGap: () => {
          gaps += 1
        },
        onEvent: (n) => {
          if (events.push(n) === 100) resolve()
        },
      },
    )
  })
  const here = api.room.join({ room: place }, { name: place })
  const members = await new Promise<readonly string[]>((resolve) => {
    here.members.subscribe((list) => list.length > 0 && resolve(list.map(({ state }) => state.name)))
  })

  for (let n = 0; n < 50; n++) await api.say.mutate({ room: place, n })
  const sums = Promise.all(Array.from({ length: 32 }, (_, n) => api.add.query({ a: n, b: 1 })))
  const cut = await api.cut.mutate()
  for (let n = 50; n < 100; n++) await api.say.mutate({ room: place, n })
  await all
  const report = { rich, items, events, gaps, members, sums: await sums, cut, states }
  connection.close()
  return report
}
