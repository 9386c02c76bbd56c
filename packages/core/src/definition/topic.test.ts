import * as v from 'valibot'
import { expect, test } from 'vitest'
import { isTopic } from './topic.js'
import { trunkline } from './trunkline.js'

const t = trunkline()
const event = v.object({ n: v.number() })

test('a log keeps 1,000 events, 4 MiB and one hour unless it says otherwise', () => {
  const topic = t.topic({ event, delivery: 'log' })
  expect(isTopic(topic)).toBe(true)
  expect(topic['~topic']).toMatchObject({
    event,
    delivery: 'log',
    params: undefined,
    retain: { events: 1_000, bytes: 4_194_304, ageMs: 3_600_000 },
    clientPublish: false,
    presence: undefined,
  })
})

test('what is declared of a retention leaves the rest at its default', () => {
  expect(t.topic({ event, delivery: 'log', retain: { events: 10 } })['~topic'].retain).toEqual({
    events: 10,
    bytes: 4_194_304,
    ageMs: 3_600_000,
  })
})

test.each([
  ['throttle on a log', { delivery: 'log', throttle: { perSecond: 10 } }, 'throttle drops events'],
  ['retain on latest', { delivery: 'latest', retain: { events: 1 } }, 'retain is for log topics; this one is latest'],
  ['retain on ephemeral', { delivery: 'ephemeral', retain: {} }, 'retain is for log topics; this one is ephemeral'],
  ['a key on a log', { delivery: 'log', key: () => 'a' }, 'key is for latest topics; this one is log'],
  ['a removal on a log', { delivery: 'log', removes: () => true }, 'removes is for latest topics; this one is log'],
  ['removes that is no function', { delivery: 'latest', removes: true }, 'removes takes a function, but got boolean'],
  ['a snapshot on latest', { delivery: 'latest', snapshot: () => 1 }, 'snapshot is for log topics; this one is latest'],
  [
    'a throttle that lets nothing out',
    { delivery: 'latest', throttle: { perSecond: 0 } },
    'throttle.perSecond must be',
  ],
  ['no event kept', { delivery: 'log', retain: { events: 0 } }, 'retain.events must be 1 or more, but is 0'],
  ['an unknown delivery', { delivery: 'once' }, 'delivery must be `log`, `latest` or `ephemeral`, but is once'],
  ['no delivery', {}, 'delivery must be'],
  [
    'an event that is no schema',
    { delivery: 'log', event: {} },
    'event takes a Standard Schema such as v.object({ … })',
  ],
  ['params that are no schema', { delivery: 'log', params: { room: 'text' } }, 'params takes a Standard Schema'],
  ['a presence that is no schema', { delivery: 'log', presence: null }, 'presence takes a Standard Schema'],
  ['an authorize that is no function', { delivery: 'log', authorize: false }, 'authorize takes a function, but got'],
  ['a key that is no function', { delivery: 'latest', key: 'id' }, 'key takes a function, but got string'],
  ['an age that is no number', { delivery: 'log', retain: { ageMs: Number.NaN } }, 'retain.ageMs must be 1 or more'],
] as const)('refuses %s', (_name, config, message) => {
  // The combinations are refused at run time, so their types allow them.
  const declare = (): unknown => t.topic({ event, ...config } as never)
  expect(declare).toThrow(TypeError)
  expect(declare).toThrow(message)
})

test('other values are no topics', () => {
  for (const other of [null, undefined, 'text', {}, t.procedure.query()]) expect(isTopic(other)).toBe(false)
})
