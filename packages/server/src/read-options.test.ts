import { jsonCodec, trunkline } from '@trunkline/core'
import { expect, test } from 'vitest'
import { createServer } from './create-server.js'
import { DEFAULT_LIMITS } from './options.js'
import { readNumbers } from './read-options.js'

const t = trunkline()
const router = t.router({ ping: t.procedure.query(() => 'pong') })
/** What JavaScript, a spread or an environment variable may pass. */
const make = (options: object) => () => createServer({ router, ...options })

test.each([
  [
    { authentication: () => {} },
    'createServer has no option "authentication"; it knows router, authenticate, context,',
  ],
  [{ limits: { maxCall: 5 } }, 'limits has no option "maxCall"; it knows maxMessageBytes, maxDepth, maxCalls,'],
  [{ heartbeat: { interval: 5 } }, 'heartbeat has no option "interval"; it knows intervalMs, timeoutMs.'],
  [{ limits: { constructor: 5 } }, 'limits has no option "constructor"'],
  [{ limits: { maxCalls: Number('none') } }, 'limits.maxCalls must be a finite number above 0, but is NaN.'],
  [{ limits: { maxCalls: '5' } }, 'limits.maxCalls must be a finite number above 0, but is "5".'],
  [{ limits: { maxMessageBytes: 0 } }, 'limits.maxMessageBytes must be a finite number above 0, but is 0.'],
  [{ limits: { bytesPerSecond: Infinity } }, 'limits.bytesPerSecond must be a finite number above 0, but is Infinity.'],
  [{ presence: { graceMs: -1 } }, 'presence.graceMs must be a finite number from 0 and at most 2147483647, but is -1.'],
  [{ codec: jsonCodec(), limits: { maxDepth: 8 } }, 'limits.maxDepth is for the default codec: pass it to yours'],
  [{ resumeMs: 1e10 }, 'resumeMs must be a finite number from 0 and at most 2147483647, but is 10000000000.'],
  [{ heartbeat: { intervalMs: 0 } }, 'heartbeat.intervalMs must be a finite number above 0 and at most 2147483647'],
  [{ trustProxy: true }, 'trustProxy must be a finite number from 0, but is true.'],
  [{ authenticate: 'yes' }, 'authenticate must be a function, but is "yes".'],
  [{ origins: 'https://a.example' }, 'origins must be an array of origins, or a function, but is "https://a.example".'],
  [{ origins: ['*'] }, 'origins: "*" is no origin. To let every site connect, pass `() => true`.'],
  [{ origins: ['https://a.example/'] }, 'an entry of origins must be an origin such as "https://app.example.com"'],
  [{ origins: ['a.example'] }, 'without a path, but is "a.example".'],
])('%o is refused with a sentence', (options, sentence) => {
  expect(make(options)).toThrow(TypeError)
  expect(make(options)).toThrow(sentence)
})

test('undefined is the default, and never "no limit"', () => {
  const limits = readNumbers('limits', DEFAULT_LIMITS, { maxCalls: undefined, maxSubscriptions: 3 } as object)
  expect(limits).toEqual({ ...DEFAULT_LIMITS, maxSubscriptions: 3 })
  expect(readNumbers('limits', DEFAULT_LIMITS, undefined)).toBe(DEFAULT_LIMITS)
})

test('what is right is taken, also at the bounds', async () => {
  const server = createServer({
    router,
    origins: ['https://app.example.com', 'http://localhost:5173', 'http://[::1]:80', 'capacitor://localhost', 'null'],
    codec: jsonCodec(),
    limits: { ...DEFAULT_LIMITS, handshakesPerSecond: 0.01 },
    presence: { graceMs: 0 },
    heartbeat: undefined,
    resumeMs: 0,
    closeTimeoutMs: 2_147_483_647,
    trustProxy: 0,
  })
  await server.close()
})
