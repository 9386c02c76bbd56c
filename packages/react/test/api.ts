/** The app that the tests of the hooks talk to. */
import { tracked, trunkline } from '@trunkline/core'
import * as v from 'valibot'

export interface Context {
  name: string
}
const t = trunkline<Context>()

const Message = v.object({ id: v.number(), text: v.string() })
export type Message = v.InferOutput<typeof Message>

export const room = t.topic({
  params: v.object({ room: v.string() }),
  event: Message,
  delivery: 'log',
  retain: { events: 5 },
  presence: v.object({ name: v.string(), typing: v.boolean() }),
  authorize: ({ params, action }) => {
    counts[action] += 1
    return params.room !== 'secret'
  },
})
/** Its state is what was said. */
export const wall = t.topic({
  params: v.object({ room: v.string() }),
  event: Message,
  delivery: 'log',
  snapshot: ({ params }) => {
    counts.snapshots += 1
    return [...messagesOf(params.room)]
  },
})
export const prices = t.topic({
  event: v.object({ symbol: v.string(), price: v.number() }),
  delivery: 'latest',
  key: ({ symbol }) => symbol,
})

const rooms = new Map<string, Message[]>()
export const messagesOf = (name: string): Message[] => {
  const messages = rooms.get(name) ?? []
  rooms.set(name, messages)
  return messages
}
/** What the server was asked for. */
export const counts = { lists: 0, pages: 0, snapshots: 0, tickers: 0, subscribe: 0, publish: 0, join: 0 }
/** Tests hold answers back with it. */
export const gate: { list?: Promise<void> | undefined; send?: Promise<void> | undefined } = {}

/** Feeds the tickers that run, by symbol. */
export const tickers = new Map<string, (price: number) => void>()

export const router = t.router({
  room,
  wall,
  prices,
  messages: {
    list: t.procedure.input(v.object({ room: v.string() })).query(async ({ input, signal }) => {
      counts.lists += 1
      const found = [...messagesOf(input.room)]
      signals.push(signal)
      await gate.list
      return found
    }),
    /** Two messages before another one, the newest first. */
    page: t.procedure.input(v.object({ room: v.string(), before: v.optional(v.number()) })).query(({ input }) => {
      counts.pages += 1
      const { before = Number.POSITIVE_INFINITY } = input
      const older = messagesOf(input.room).filter(({ id }) => id < before)
      return older.slice(-2).reverse()
    }),
    send: t.procedure
      .input(v.object({ room: v.string(), text: v.string() }))
      .errors({ MUTED: v.object({ untilMs: v.number() }) })
      .mutation(async ({ input, errors, publish }) => {
        await gate.send
        if (input.text === 'loud') throw errors.MUTED({ untilMs: 60_000 })
        const messages = messagesOf(input.room)
        const message = { id: messages.length + 1, text: input.text }
        messages.push(message)
        await publish(room, { room: input.room }, message)
        await publish(wall, { room: input.room }, message)
        return message
      }),
  },
  whoami: t.procedure.query(({ ctx }) => ctx.name),
  fails: t.procedure.errors({ TIRED: v.object({ hours: v.number() }) }).query(({ errors }) => {
    throw errors.TIRED({ hours: 8 })
  }),
  reset: t.procedure.mutation(() => true),
  /** Runs once for each key. */
  pay: t.procedure
    .input(v.object({ amount: v.number(), order: v.optional(v.string()) }))
    .errors({ BUSY: null })
    .idempotent()
    .mutation(({ input, idempotencyKey, errors }) => {
      keys.push(idempotencyKey)
      if (input.amount === 0) throw errors.BUSY()
      return keys.length
    }),
  ticks: t.procedure
    .input(v.object({ symbol: v.string() }))
    .errors({ DELISTED: null })
    .output(v.object({ price: v.number() }))
    .subscription(async function* ({ input, signal, errors }) {
      if (input.symbol === 'GONE') throw errors.DELISTED()
      counts.tickers += 1
      const waiting: number[] = []
      let wake = (): void => {}
      signal.addEventListener('abort', () => wake())
      tickers.set(input.symbol, (price) => {
        waiting.push(price)
        wake()
      })
      try {
        for (let id = 1; !signal.aborted; ) {
          const price = waiting.shift()
          if (price === undefined) await new Promise<void>((resolve) => (wake = resolve))
          else yield tracked(String(id++), { price })
        }
      } finally {
        tickers.delete(input.symbol)
      }
    }),
})
export type AppRouter = typeof router

/** The keys that `pay` has run with. */
export const keys: (string | undefined)[] = []

/** The signals of the calls of `messages.list`. */
export const signals: AbortSignal[] = []

/** Forgets everything of the test before. */
export function resetApp(): void {
  rooms.clear()
  tickers.clear()
  signals.length = keys.length = 0
  gate.list = gate.send = undefined
  for (const name of Object.keys(counts) as (keyof typeof counts)[]) counts[name] = 0
}
