import { createClient } from '@trunkline/client'
import { trunkline } from '@trunkline/core'
import { eventually } from '@trunkline/testkit'
import * as v from 'valibot'
import { expect, onTestFinished, test } from 'vitest'
import { createJudge, type Judge } from './support/judge.js'
import { startServer } from './support/open-peer.js'

interface Context {
  user: string
}
const t = trunkline<Context>()

const room = t.topic({
  params: v.object({ room: v.string() }),
  event: v.variant('type', [
    v.object({
      type: v.literal('message'),
      id: v.number(),
      from: v.string(),
      text: v.string(),
      replyTo: v.optional(v.number()),
    }),
    v.object({ type: v.literal('read'), by: v.string(), id: v.number() }),
  ]),
  delivery: 'log',
  presence: v.object({ typing: v.boolean() }),
})
let lastId = 0
const router = t.router({
  room,
  say: t.procedure
    .input(v.object({ text: v.string(), replyTo: v.optional(v.number()) }))
    .idempotent()
    .mutation(async ({ input, ctx, publish }) => {
      const id = ++lastId
      await publish(room, general, { type: 'message', id, from: ctx.user, ...input })
      return { id }
    }),
  read: t.procedure.input(v.object({ id: v.number() })).mutation(async ({ input, ctx, publish }) => {
    await publish(room, general, { type: 'read', by: ctx.user, id: input.id })
  }),
})
/** What tells a line of the room from all others. */
type Line = { readonly type: string; readonly id: number }
const general = { room: 'general' }

/** A person in the room: what they see of it, in order, and who they see there. */
function enter(
  url: string,
  name: string,
  judge: Judge<Line>,
): {
  api: ReturnType<typeof createClient<typeof router>>['api']
  seen: string[]
  people: () => string
  typing: () => void
  leave: () => void
} {
  const { api, connection } = createClient<typeof router>({ url, auth: () => name })
  onTestFinished(() => connection.close())
  const seen: string[] = []
  let people = ''
  api.room.subscribe(general, {
    since: 'start',
    onEvent: (event) =>
      seen.push(event.type === 'read' ? `${event.by} read ${event.id}` : `${event.from}: ${event.text}`),
    onGap: (gap) => seen.push(`gap ${gap.reason}`),
  })
  api.room.subscribe(general, { since: 'start', ...judge.recorder(name, 'start').callbacks })
  const here = api.room.join(general, { typing: false })
  here.members.subscribe((members) => {
    people = members
      .map(({ identity, state }) => identity + (state.typing ? ' typing' : ''))
      .sort()
      .join(', ')
  })
  return {
    api,
    seen,
    people: () => people,
    typing: () => here.update({ typing: true }, { revertAfterMs: 200 }),
    leave: () => connection.close(),
  }
}

test('two people chat: connect, join, message, reply, typing on and off, read receipt, leave', async () => {
  const judge = await createJudge('room?{"room":"general"}', ({ type, id }: Line) => `${type} ${id}`)
  const { url } = await startServer<Context>({
    router,
    broker: judge.broker,
    authenticate: ({ token }) => ({ identity: token ?? '' }),
    context: ({ identity }) => ({ user: identity }),
  })
  const ada = enter(url, 'ada', judge)
  await eventually(() => ada.people() === 'ada')
  const bob = enter(url, 'bob', judge)
  await eventually(() => ada.people() === 'ada, bob' && bob.people() === 'ada, bob')

  const question = await ada.api.say.mutate({ text: 'Lunch?' })
  await eventually(() => bob.seen.length === 1)

  bob.typing()
  await eventually(() => ada.people() === 'ada, bob typing')
  const answer = await bob.api.say.mutate({ text: 'Noon.', replyTo: question.id })
  // Nobody says that Bob stopped: the server puts his state back by itself.
  await eventually(() => ada.people() === 'ada, bob')

  await ada.api.read.mutate({ id: answer.id })
  const history = ['ada: Lunch?', 'bob: Noon.', `ada read ${answer.id}`]
  await eventually(() => bob.seen.length === 3)
  expect(bob.seen).toEqual(history)

  const carol = enter(url, 'carol', judge)
  await eventually(() => carol.seen.length === 3 && ada.people() === 'ada, bob, carol')
  expect(carol.seen).toEqual(history)

  bob.leave()
  await eventually(() => ada.people() === 'ada, carol')
  expect(ada.seen).toEqual(history)
  expect(await judge.findings()).toBe('')
})
