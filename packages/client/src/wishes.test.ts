import type { TrunklineError } from '@trunkline/core'
import { expect, test } from 'vitest'
import type { Link } from './link.js'
import { createWishes, type Wish } from './wishes.js'

/** Wishes for topics, over a link that writes down what it is given. */
function start(onEnd: (wish: Wish<string>) => void = () => {}) {
  let lastId = 0
  const frames: unknown[] = []
  const ended: string[] = []
  // Wishes ask for no more of a link.
  const link = {
    nextId: () => ++lastId,
    hasRoom: () => true,
    post: (frame: string) => frames.push(JSON.parse(frame)),
  } as unknown as Link
  const wishes = createWishes<string, Wish<string>>(
    link,
    () => ({}),
    ({ id, path, params }) => ({ sub: id, topic: path, params }),
    (wish, { code }: TrunklineError) => {
      ended.push(`${[...wish.consumers].join()}: ${code}`)
      onEnd(wish)
    },
  )
  const want = (path: string, consumer: string): Wish<string> => {
    const wish = wishes.of(path, {})
    wish.consumers.add(consumer)
    wishes.pump()
    return wish
  }
  return { wishes, want, ended, sent: () => frames.splice(0) }
}

test('all who want one topic share one frame; the last who leaves takes it back', () => {
  const { wishes, want, sent } = start()
  const wish = want('room', 'a')
  expect(want('room', 'b')).toBe(wish)
  wishes.leave(wish, 'a')
  expect(sent()).toEqual([{ sub: 1, topic: 'room', params: {} }])
  wishes.leave(wish, 'b')
  expect(sent()).toEqual([{ unsub: 1 }])
  expect(wishes.all.size).toBe(0)
})

test('what comes under a number is for the wish that was answered with it, until the connection is gone', () => {
  const { wishes, want, sent } = start()
  const wish = want('room', 'a')
  const heard: unknown[] = []
  const onEvent = wishes.numbered((to, frame) => heard.push([to.path, frame]))
  onEvent(7, 'early')
  wishes.answered(() => {})(wish.id, { as: 7 })
  onEvent(7, 'in time')
  wishes.detached()
  onEvent(7, 'late')
  expect(heard).toEqual([['room', 'in time']])
  wishes.pump()
  expect(sent()).toEqual([
    { sub: 1, topic: 'room', params: {} },
    { sub: 2, topic: 'room', params: {} },
  ])
})

test('32 wait for their answer; each answer lets another one leave', () => {
  const { wishes, want, sent } = start()
  for (let index = 0; index < 40; index++) want(`room${index}`, 'a')
  expect(sent()).toHaveLength(32)
  wishes.answered(() => {})(1, { as: 1 })
  expect(sent()).toMatchObject([{ topic: 'room32' }])
})

test('a wish that is refused tells why, once, and is no hindrance to one that follows', () => {
  const { wishes, want, ended, sent } = start()
  const refused = want('room', 'a')
  wishes.closed(1, { code: 'FORBIDDEN', message: 'No.', issues: undefined })
  wishes.closed(1, { code: 'FORBIDDEN', message: 'No.', issues: undefined })
  const next = want('room', 'b')
  wishes.leave(refused, 'a')
  expect(ended).toEqual(['a: FORBIDDEN'])
  expect(wishes.all.get(next.key)).toBe(next)
  expect(sent()).toMatchObject([{ sub: 1 }, { sub: 2 }])
})

test('who asks again as soon as it is told, and leaves what ended after that, keeps what it asked for', () => {
  const { wishes, want, sent } = start((wish) => {
    want('room', 'again')
    wishes.leave(wish, 'a')
  })
  want('room', 'a')
  wishes.closed(1, { code: 'FORBIDDEN', message: 'No.', issues: undefined })
  expect([...wishes.all.values()].map(({ consumers }) => [...consumers])).toEqual([['again']])
  expect(sent()).toMatchObject([{ sub: 1 }, { sub: 2 }])
})
