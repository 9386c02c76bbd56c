import { trunkline } from '@trunkline/core'
import { createVirtualClock } from '@trunkline/testkit'
import { expect, test } from 'vitest'
import { createServices } from './create-services.js'
import { DetachedSessions } from './detached-sessions.js'
import { Session } from './session.js'

const services = createServices({ router: trunkline().router({}), clock: createVirtualClock() }, new Set())
const session = (token: string): Session => new Session(services, token, 'ada', {})

test('gives the session that is longest without a socket when an address has too many', () => {
  const detached = new DetachedSessions(2)
  const [first, second, third, other] = ['a', 'b', 'c', 'd'].map(session) as [Session, Session, Session, Session]
  expect(detached.add(first, '2001:db8::1')).toBeUndefined()
  expect(detached.add(second, '2001:db8::2')).toBeUndefined()
  expect(detached.add(other, '192.0.2.1')).toBeUndefined()
  expect(detached.add(third, '2001:db8::3')).toBe(first)
})

test('does not count who is on a socket again or over', () => {
  const detached = new DetachedSessions(1)
  const [first, second] = ['a', 'b'].map(session) as [Session, Session]
  detached.add(first, '192.0.2.1')
  detached.remove(first)
  detached.remove(first)
  expect(detached.add(second, '192.0.2.1')).toBeUndefined()
})
