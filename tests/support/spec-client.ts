/**
 * The real client, driven by the `act` steps of a conversation.
 *
 * Rule: an act that waits is done when what it waits for has been seen, and fails with the difference otherwise.
 */
import { createClient, type Members } from '@trunkline/client'
import { type Gap, isTrunklineErrorLike, type Position } from '@trunkline/core'
import { eventually, type SeenPlace } from '@trunkline/testkit'
import { expect } from 'vitest'
import type { createSpecRouter } from '../spec-router.js'
import type { ClientAct } from './spec-script.js'

type SpecRouter = ReturnType<typeof createSpecRouter>['router']

/** What any node of the client's tree can do; scripts name paths, some of which do not exist. */
interface AnyNode {
  query(input: unknown, options: object): Promise<unknown>
  mutate(input: unknown, options: object): Promise<unknown>
  publish(params: unknown, event: unknown, options: object): Promise<unknown>
  subscribe(input: unknown, callbacks: object): { unsubscribe(): void; status(): string }
  join(params: unknown, state: unknown): { leave(): void }
  presence(params: unknown): Members<unknown>
}

interface Call {
  readonly promise: Promise<unknown>
  readonly controller: AbortController
}

interface Watched {
  readonly handle: { unsubscribe(): void; status(): string }
  readonly log: unknown[]
}

export interface SpecClient {
  act(act: ClientAct): Promise<void>
  close(): void
}

/** Creates a client that connects at once and comes back without delay. */
export function createSpecClient(url: string, token: string | undefined): SpecClient {
  const { api, connection } = createClient<SpecRouter>({
    url,
    auth: token === undefined ? undefined : () => token,
    reconnect: { baseMs: 0 },
  })
  const calls = new Map<string, Call>()
  const watched = new Map<string, Watched>()

  const node = (path: string): AnyNode =>
    // The proxy answers to every path; that is what scripts with unknown paths are about.
    path.split('.').reduce<unknown>((parent, name) => (parent as Record<string, unknown>)[name], api) as AnyNode

  function start(name: string, act: ClientAct): void {
    if (act.subscribe !== undefined) return watch(name, node(act.subscribe), act.input, 'items')
    if (act.topic !== undefined)
      return watch(name, node(act.topic), act.params ?? {}, act.takesState ? 'states' : 'events')
    if (act.presence !== undefined) return watchMembers(name, node(act.presence).presence(act.params ?? {}))
    if (act.join !== undefined) {
      const joined = node(act.join).join(act.params ?? {}, act.input)
      watched.set(name, { handle: { unsubscribe: joined.leave, status: () => 'joined' }, log: [] })
      return
    }
    const controller = new AbortController()
    const options = { ...act.options, signal: controller.signal }
    const promise =
      act.query !== undefined
        ? node(act.query).query(act.input, options)
        : act.mutate !== undefined
          ? node(act.mutate).mutate(act.input, options)
          : node(act.publish ?? '').publish(act.params, act.event, options)
    promise.catch(() => {})
    calls.set(name, { promise, controller })
  }

  function watch(name: string, target: AnyNode, input: unknown, kind: 'items' | 'events' | 'states'): void {
    const log: unknown[] = []
    const callbacks =
      kind === 'items'
        ? {
            onItem: (item: unknown) => log.push({ item }),
            onEnd: () => log.push({ end: true }),
            onError: (error: unknown) => log.push({ error: codeOf(error) }),
            onStatus: (status: string) => status === 'restarted' && log.push({ restarted: true }),
          }
        : {
            onEvent: (event: unknown, place: SeenPlace) => log.push({ event, ...placeOf(place) }),
            ...(kind === 'states'
              ? {
                  onSnapshot: (state: unknown, { position }: { position: Position }) =>
                    log.push({ state, offset: position.offset }),
                }
              : { onGap: ({ reason, missed }: Gap) => log.push({ gap: reason, missed }) }),
            onStatus: (status: string, error?: unknown) =>
              status === 'closed' && error !== undefined && log.push({ closed: codeOf(error) }),
          }
    watched.set(name, { handle: target.subscribe(input, callbacks), log })
  }

  function watchMembers(name: string, members: Members<unknown>): void {
    const log: unknown[] = []
    const unsubscribe = members.subscribe(
      (list, count) => log.push({ members: list.map(({ identity, state }) => [identity, state]), count }),
      (error) => log.push({ closed: error.code }),
    )
    watched.set(name, { handle: { unsubscribe, status: () => 'watching' }, log })
  }

  async function settle(call: Call, act: ClientAct): Promise<void> {
    const outcome = await call.promise.then(
      (value) => ({ value }),
      (error: unknown) => ({ error }),
    )
    if (act.error !== undefined) expect(outcome).toMatchObject({ error: act.error })
    else if (typeof act.value === 'object') expect(outcome).toMatchObject({ value: readDates(act.value) })
    else expect(outcome).toEqual({ value: act.value })
  }

  return {
    close: () => connection.close(),
    async act(act) {
      if (act.start !== undefined) start(act.start, act)
      else if (act.settles !== undefined) await settle(named(calls, act.settles), act)
      else if (act.abort !== undefined) named(calls, act.abort).controller.abort()
      else if (act.unsubscribe !== undefined) named(watched, act.unsubscribe).handle.unsubscribe()
      else if (act.saw !== undefined) {
        const { log } = named(watched, act.saw)
        await eventually(() => expect(log).toEqual(act.log) ?? true, { timeoutMs: 5_000 })
      } else if (act.status !== undefined) {
        const { handle } = named(watched, act.status)
        await eventually(() => expect(handle.status()).toBe(act.is) ?? true, { timeoutMs: 5_000 })
      } else if (act.connection !== undefined) {
        const expected = act.connection
        await eventually(() => expect(connection.status).toMatchObject(expected) ?? true, { timeoutMs: 5_000 })
      } else if (act.close) connection.close()
      else throw new Error(`Unknown act ${JSON.stringify(act)}.`)
    },
  }
}

function named<TThing>(things: ReadonlyMap<string, TThing>, name: string): TThing {
  const thing = things.get(name)
  if (thing === undefined) throw new Error(`Nothing was started as ${name}.`)
  return thing
}

/** Where an event stands, as scripts name it. */
function placeOf(place: SeenPlace): object {
  if (place === undefined) return { offset: undefined }
  return 'key' in place
    ? { key: place.key, version: place.version, removed: place.removed }
    : { offset: place.position.offset }
}

function codeOf(error: unknown): string {
  return isTrunklineErrorLike(error) ? error.code : String(error)
}

/** Scripts are JSON: `{"$date":ms}` in an expected value is a Date. */
function readDates(value: unknown): object {
  const text = JSON.stringify(value)
  return JSON.parse(text, (_key, inner: unknown) =>
    typeof inner === 'object' && inner !== null && '$date' in inner ? new Date(Number(inner.$date)) : inner,
  ) as object
}
