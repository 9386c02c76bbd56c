import type { IncomingMessage } from 'node:http'
import { expect, test } from 'vitest'
import { Admission, addressOf } from './admission.js'
import { DEFAULT_LIMITS } from './options.js'

// Only the members that admission reads.
function request(headers: Record<string, string>): IncomingMessage {
  return { headers, socket: { remoteAddress: '10.0.0.9' } } as unknown as IncomingMessage
}

test.each([
  ['no origin: not a browser', {}, undefined, undefined],
  ['the own host', { origin: 'https://a.example', host: 'a.example' }, undefined, undefined],
  ['another host', { origin: 'https://b.example', host: 'a.example' }, undefined, 403],
  ['a listed origin', { origin: 'https://b.example', host: 'a.example' }, ['https://b.example'], undefined],
  ['a listed host by another scheme', { origin: 'http://b.example', host: 'a.example' }, ['https://b.example'], 403],
  ['an opaque origin', { origin: 'null', host: 'a.example' }, undefined, 403],
  ['an opaque origin without a host, as HTTP/1.0 allows', { origin: 'null' }, undefined, 403],
  ['a decision', { origin: 'https://x.b.example' }, (origin: string) => origin.endsWith('.b.example'), undefined],
] as const)('%s', (_title, headers, origins, status) => {
  const admission = new Admission(DEFAULT_LIMITS, origins, 0)
  expect(admission.check(request(headers), '::1', 0)?.status).toBe(status)
})

test('an address that closed its connections is forgotten', () => {
  const admission = new Admission({ ...DEFAULT_LIMITS, maxConnectionsPerAddress: 1 }, undefined, 0)
  admission.opened('::1')
  admission.authenticated('::1')
  expect(admission.check(request({}), '::1', 0)?.reason).toBe('address-limit')
  admission.closed('::1', true)
  expect(admission.check(request({}), '::1', 0)).toBeUndefined()
})

test('a connection that closes before it has authenticated makes room for another such, one that had does not', () => {
  const admission = new Admission({ ...DEFAULT_LIMITS, maxUnauthenticatedPerAddress: 1 }, undefined, 0)
  admission.opened('::1')
  admission.authenticated('::1')
  admission.opened('::1')
  expect(admission.check(request({}), '::1', 0)?.reason).toBe('address-limit')
  admission.closed('::1', true)
  expect(admission.check(request({}), '::1', 0)?.reason).toBe('address-limit')
  admission.opened('::1')
  admission.authenticated('::1')
  admission.closed('::1', false)
  expect(admission.check(request({}), '::1', 0)).toBeUndefined()
})

test('the addresses of one IPv6 network count together, and an IPv4 address as itself however it is written', () => {
  const limits = { ...DEFAULT_LIMITS, maxConnectionsPerAddress: 2 }
  const admission = new Admission(limits, undefined, 0)
  admission.opened('2001:db8:1:2::1')
  admission.opened('2001:db8:1:2:ffff::1')
  expect(admission.check(request({}), '2001:db8:1:2:abcd:abcd:abcd:abcd', 0)?.reason).toBe('address-limit')
  expect(admission.check(request({}), '2001:db8:1:3::1', 0)).toBeUndefined()
  admission.opened('::ffff:192.0.2.7')
  admission.opened('192.0.2.7')
  expect(admission.check(request({}), '192.0.2.7', 0)?.reason).toBe('address-limit')
  expect(admission.check(request({}), '192.0.2.8', 0)).toBeUndefined()
  admission.authenticated('::ffff:192.0.2.7')
  admission.closed('::ffff:192.0.2.7', true)
  expect(admission.check(request({}), '192.0.2.7', 0)).toBeUndefined()
})

test('X-Forwarded-For is read from the right, by the number of trusted hops, and not at all without', () => {
  const forwarded = request({ 'x-forwarded-for': '6.6.6.6, 1.2.3.4, 10.0.0.1' })
  expect(addressOf(forwarded, 0)).toBe('10.0.0.9')
  expect(addressOf(forwarded, 1)).toBe('10.0.0.1')
  expect(addressOf(forwarded, 2)).toBe('1.2.3.4')
  expect(addressOf(forwarded, 9)).toBe('10.0.0.9')
})

test('an address over its limit uses up nothing of the rate at which others may come', () => {
  const limits = { ...DEFAULT_LIMITS, maxConnectionsPerAddress: 1, handshakesPerSecond: 1 }
  const admission = new Admission(limits, undefined, 0)
  admission.opened('192.0.2.1')
  for (let count = 0; count < 100; count++) {
    expect(admission.check(request({}), '192.0.2.1', 0)?.reason).toBe('address-limit')
  }
  expect(admission.check(request({}), '192.0.2.2', 0)).toBeUndefined()
})
