import { trunkline } from '@trunkline/core'
import { createVirtualClock } from '@trunkline/testkit'
import { expect, test } from 'vitest'
import { createServices } from './create-services.js'
import { Observer } from './observe/observer.js'
import { Session } from './session.js'
import { SessionStore } from './session-store.js'

const clock = createVirtualClock()
const services = createServices({ router: trunkline().router({}), clock }, new Set())

function start(): { store: SessionStore; add(token: string, identity: string): Session } {
  const store = new SessionStore(clock, 1_000, new Observer())
  return {
    store,
    add(token, identity) {
      const session = new Session(services, token, identity, {})
      store.add(session)
      return session
    },
  }
}

test('gives the sessions of an identity, those of before it was first asked and those of after', () => {
  const { store, add } = start()
  const first = add('a', 'ada')
  add('b', 'bob')
  expect(store.of('ada')).toEqual([first])
  const second = add('c', 'ada')
  expect(store.of('ada')).toEqual([first, second])
  expect(store.of('eve')).toEqual([])

  store.end(first, 'bye')
  expect(store.of('ada')).toEqual([second])
  store.end(second, 'bye')
  expect(store.of('ada')).toEqual([])
})

test('looks through all sessions for the first identity only: an app may ask for each of thousands', () => {
  const { store, add } = start()
  let looks = 0
  for (let n = 0; n < 1_000; n++) {
    const session = add(`token${n}`, '')
    Object.defineProperty(session, 'identity', {
      get: () => {
        looks += 1
        return `user${n}`
      },
    })
  }
  for (let n = 0; n < 1_000; n++) expect(store.of(`user${n}`)).toHaveLength(1)
  expect(looks).toBe(1_000)
})

test('a session that ends takes nothing of another one under its token', () => {
  const { store, add } = start()
  const older = add('a', 'ada')
  const newer = add('a', 'ada')
  store.end(older, 'not-resumable')
  expect(store.get('a')).toBe(newer)
  expect(store.of('ada')).toEqual([newer])
})

test('a session that is past its time is not found, also before the sweep comes by', async () => {
  const { store, add } = start()
  const session = add('a', 'ada')
  session.detachedAt = clock.now()
  await clock.advance(999)
  expect(store.get('a')).toBe(session)
  await clock.advance(1)
  expect(store.get('a')).toBeUndefined()
  expect([session.ended, store.size]).toEqual([true, 0])
})
