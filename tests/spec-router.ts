/**
 * The router that the conversations of `spec/sessions` are held with. Its answers are part of them.
 *
 * Rule: everything that a handler does is in `log` or in its answer, so a script can tell whether it ran.
 */
import { tracked, trunkline } from '@trunkline/core'
import * as v from 'valibot'
import { gate } from './support/open-peer.js'

export interface SpecContext {
  readonly identity: string
}

/** What happened in handlers, and what lets one that waits go on. */
export interface SpecState {
  readonly log: string[]
  /** What the snapshot of `list` gives. */
  readonly listed: string[]
  /** Whether `club` lets anybody do anything. */
  readonly rights: { isMember: boolean }
  openGate(): void
}

/** Makes a fresh router: its counters start at 0. */
// The routes' types are what `typeof router` says; a conversation names them by their paths.
export function createSpecRouter(): { readonly router: ReturnType<typeof build>['router']; readonly state: SpecState } {
  return build()
}

function build() {
  const t = trunkline<SpecContext>()
  const log: string[] = []
  const closed = gate()
  const listed: string[] = []
  const rights = { isMember: true }
  const state: SpecState = { log, listed, rights, openGate: () => closed.open() }
  let counted = 0

  const text = v.object({ text: v.string() })
  const router = t.router({
    echo: t.procedure.input(v.unknown()).query(({ input }) => input),
    add: t.procedure.input(v.object({ a: v.number(), b: v.number() })).query(({ input }) => input.a + input.b),
    later: t.procedure.query(() => ({ at: new Date(1_000) })),
    whoami: t.procedure.query(({ ctx }) => ctx.identity),
    note: t.procedure.input(v.optional(v.string())).mutation(() => undefined),
    count: t.procedure.mutation(() => ++counted),
    once: t.procedure
      .input(v.unknown())
      .idempotent()
      .mutation(() => ++counted),
    rerun: t.procedure
      .input(v.unknown())
      .idempotent({ onLost: 'rerun' })
      .mutation(() => ++counted),
    send: t.procedure
      .input(v.string())
      .errors({ MUTED: v.object({ untilMs: v.number() }) })
      .mutation(({ errors }) => {
        throw errors.MUTED({ untilMs: 60_000 })
      }),
    crash: t.procedure.query(() => {
      throw new Error('a secret of the server')
    }),
    wait: t.procedure.query(({ signal }) => {
      log.push('wait started')
      return new Promise<void>((resolve) => {
        signal.addEventListener('abort', () => {
          log.push('wait aborted')
          resolve()
        })
      })
    }),
    gate: t.procedure.mutation(async () => {
      log.push('gate entered')
      await closed.promise
      return 'through'
    }),

    numbers: t.procedure.input(v.number()).subscription(async function* ({ input }) {
      for (let n = 1; n <= input; n++) yield n
    }),
    tracked: t.procedure.input(v.number()).subscription(async function* ({ input, lastEventId }) {
      const ids = ['one', 'two', 'three']
      for (let n = ids.indexOf(lastEventId ?? '') + 1; n < Math.min(input, ids.length); n++) {
        yield tracked(ids[n] ?? '', n + 1)
      }
    }),
    breaks: t.procedure.subscription(async function* () {
      yield 1
      throw new Error('a secret of the server')
    }),
    forever: t.procedure.subscription(async function* ({ signal }) {
      try {
        yield 1
        await new Promise((resolve) => signal.addEventListener('abort', resolve))
      } finally {
        log.push('forever ended')
      }
    }),
    large: t.procedure.input(v.number()).subscription(async function* ({ input }) {
      for (let n = 0; n < input; n++) yield 'x'.repeat(230_000)
    }),

    room: t.topic({ params: v.object({ room: v.string() }), event: text, delivery: 'log' }),
    pair: t.topic({ params: v.object({ a: v.string(), b: v.string() }), event: text, delivery: 'log' }),
    short: t.topic({ event: v.number(), delivery: 'log', retain: { events: 2 }, clientPublish: true }),
    pulse: t.topic({ event: v.number(), delivery: 'ephemeral' }),
    prices: t.topic({
      event: v.object({ symbol: v.string(), price: v.number() }),
      delivery: 'latest',
      key: ({ symbol }) => symbol,
      removes: ({ price }) => price === 0,
    }),
    // Its state is what was published, as an app's store would hold it.
    list: t.topic({
      event: v.string(),
      delivery: 'log',
      retain: { events: 2 },
      snapshot: () => [...listed],
    }),
    board: t.topic({ event: v.string(), delivery: 'log', clientPublish: true }),
    lobby: t.topic({
      event: text,
      delivery: 'ephemeral',
      presence: v.object({ name: v.string(), typing: v.boolean() }),
    }),
    club: t.topic({
      event: text,
      delivery: 'log',
      presence: v.object({ name: v.string() }),
      authorize: () => rights.isMember,
    }),
    secret: t.topic({ event: text, delivery: 'log', authorize: () => false }),
  })
  return { router, state }
}
