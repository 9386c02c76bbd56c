import SuperJSON from 'superjson'
import { expect, test } from 'vitest'
import { PayloadError } from './payload-error.js'
import { superjsonCodec } from './superjson.js'
import { superjsonInstanceCodec } from './superjson-instance.js'
import { receive, throughWire } from './testing/through-wire.js'

class Money {
  readonly cents: number
  constructor(cents: number) {
    this.cents = cents
  }
  double(): Money {
    return new Money(this.cents * 2)
  }
}
const instance = new SuperJSON({ dedupe: true })
instance.registerClass(Money)
instance.registerCustom<URLSearchParams, string>(
  {
    isApplicable: (value) => value instanceof URLSearchParams,
    serialize: String,
    deserialize: (text) => new URLSearchParams(text),
  },
  'search',
)
const own = superjsonInstanceCodec(instance)

test('brings its classes and custom types back', () => {
  const price = new Money(150)
  const back = throughWire(own, { price, same: price, query: new URLSearchParams('a=1') }) as { price: Money }
  expect(back).toEqual({ price, same: price, query: new URLSearchParams('a=1') })
  expect(back.price.double().cents).toBe(300)
})

test('refuses types that nobody registered', () => {
  for (const type of [['class', 'Nobody'], ['custom', 'constructor'], ['symbol', 'x'], ['custom', '__proto__'], []]) {
    expect(() => own.decode({ a: {} }, { values: { a: [type] }, v: 1 }, [])).toThrow(PayloadError)
  }
})

test('checks what its transformers write', () => {
  const deep = new SuperJSON()
  deep.registerCustom<Money, never>(
    {
      isApplicable: (value) => value instanceof Money,
      serialize: () => [[[]]] as never,
      deserialize: () => new Money(1),
    },
    'money',
  )
  expect(() => superjsonInstanceCodec(deep, { maxDepth: 3 }).encode([new Money(1)])).toThrow('at most 3 levels')
})

test('writes everything else as the codec without an instance', () => {
  const value = { at: new Date(0), list: [1n, new Map([['k', new Uint8Array(1)]])], absent: undefined }
  expect(own.encode(value)).toEqual(superjsonCodec().encode(value))
  expect(own.encode({ a: 1 })).toBe(',"data":{"a":1}')
})

test('writes annotations that superjson itself can read', () => {
  class Visit {
    readonly at = new Date(5)
    readonly price = new Money(1)
    readonly sizes = new Float64Array([1.5])
  }
  const registered = new SuperJSON()
  registered.registerClass(Money)
  registered.registerClass(Visit)
  const value = { visits: new Map([['a.b', new Visit()]]) }
  const payload = superjsonInstanceCodec(registered).encode(value)
  const { data, meta } = receive(payload)
  expect(registered.deserialize({ json: data as never, meta: meta as never })).toEqual(value)
  expect(throughWire(superjsonInstanceCodec(registered), value)).toEqual(value)
})

test('carries the members of Errors that the app allows', () => {
  const allowing = new SuperJSON()
  allowing.allowErrorProps('code')
  const error = Object.assign(new RangeError('far'), { code: 7, secret: 1 })
  const back = throughWire(superjsonInstanceCodec(allowing), [error]) as [Error]
  expect(back[0]).toMatchObject({ name: 'RangeError', message: 'far', code: 7 })
  expect(back[0]).not.toHaveProperty('secret')
})

test('makes no typed array of a number', () => {
  expect(() => own.decode(1e9, { values: [['typed-array', 'Float64Array']], v: 1 }, [])).toThrow(PayloadError)
})
