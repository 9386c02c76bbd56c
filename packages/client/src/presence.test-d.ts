import { trunkline } from '@trunkline/core'
import * as v from 'valibot'
import { expectTypeOf, test } from 'vitest'
import { createClient, type Joined, type Member, type Members, type TrunklineError } from './index.js'

const t = trunkline()
const router = t.router({
  room: t.topic({
    params: v.object({ room: v.string() }),
    event: v.string(),
    delivery: 'ephemeral',
    presence: v.object({ name: v.string(), since: v.optional(v.pipe(v.string(), v.toDate())) }),
  }),
  mood: t.topic({ event: v.string(), delivery: 'ephemeral', presence: v.picklist(['good', 'bad']) }),
  plain: t.topic({ event: v.string(), delivery: 'ephemeral' }),
})
const { api } = createClient<typeof router>({ url: 'ws://x', lazy: true })

/** What a caller passes. */
interface Given {
  name: string
  since?: string | undefined
}
/** What others get. */
interface Shown {
  name: string
  since?: Date | undefined
}

test('a join takes what the schema takes, members are what it makes', () => {
  const here = api.room.join({ room: 'a' }, { name: 'Ada', since: '2020-01-01' })
  expectTypeOf(here).toEqualTypeOf<Joined<Given, Shown>>()
  expectTypeOf(here.members).toEqualTypeOf<Members<Shown>>()
  here.members.subscribe((members, count) => {
    expectTypeOf(members).toEqualTypeOf<readonly Member<Shown>[]>()
    expectTypeOf(members[0]?.identity).toEqualTypeOf<string | undefined>()
    expectTypeOf(count).toEqualTypeOf<number>()
  })
  // @ts-expect-error the name is missing
  api.room.join({ room: 'a' }, {})
  // @ts-expect-error no such params
  api.room.join({ name: 'a' }, { name: 'Ada' })
  // @ts-expect-error a date is what others get, not what is passed
  api.room.join({ room: 'a' }, { name: 'Ada', since: new Date() })
})

test('an update takes some of the members, or the whole of a state that is no object', () => {
  const here = api.room.join({ room: 'a' }, { name: 'Ada' })
  here.update({ since: '2020-01-01' }, { revertAfterMs: 3_000 })
  // @ts-expect-error no such member
  here.update({ nick: 'A' })
  const mood = api.mood.join({}, 'good')
  mood.update('bad')
  // @ts-expect-error not one of them
  mood.update('so so')
})

test('lists of immutable members, with and without joining', () => {
  const stop = api.mood.presence({}).subscribe(
    (members) => expectTypeOf(members).toEqualTypeOf<readonly Member<'good' | 'bad'>[]>(),
    (error) => expectTypeOf(error).toEqualTypeOf<TrunklineError>(),
  )
  expectTypeOf(stop).toEqualTypeOf<() => void>()
})

test('where no presence is declared there is none', () => {
  // @ts-expect-error no presence
  void api.plain.join
  // @ts-expect-error no presence
  void api.plain.presence
})
