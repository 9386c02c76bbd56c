/**
 * Runs what docs/compare.md shows, variant by variant, over a real socket that is cut. What the page says of a variant
 * is what was seen here.
 */
import { eventually } from '@trunkline/testkit'
import { describe, expect, test } from 'vitest'
import { sendOnce } from './testing/send-once.js'
import { startVariant } from './testing/start-variant.js'

interface Seen {
  readonly name: keyof typeof sendOnce
  /** How a subscription begins on its wire. */
  readonly subscribe: RegExp
  /** How often it does when two components show the same list. */
  readonly subscriptions: number
  /** What `send` fails with when its answer is cut off; undefined where it does not. */
  readonly cutOff: RegExp | undefined
}

const variants: readonly Seen[] = [
  { name: 'trunkline', subscribe: /"sub":/g, subscriptions: 1, cutOff: undefined },
  { name: 'trpc', subscribe: /"method":"subscription"/g, subscriptions: 2, cutOff: /^Unknown error$/ },
  {
    name: 'orpc',
    subscribe: /"u":"\/messages"/g,
    subscriptions: 1,
    cutOff: /^\[AsyncIdQueue\] Queue\[\d+\] was closed or aborted while waiting for pulling\.$/,
  },
]

// Three processes start for each test, on a machine that may do other things.
describe.each(variants)('$name', { timeout: 60_000 }, ({ name, subscribe, subscriptions, cutOff }) => {
  test('shows what was there, what is sent, and after a cut what others sent meanwhile, each once and in order', async () => {
    const { proxy, directUrl, send, shows } = await startVariant(name)
    await sendOnce[name](directUrl, 'one')
    expect(await send('two')).toBeUndefined()
    await shows('one', 'two')
    proxy.refuse(true)
    proxy.cutAll()
    await sendOnce[name](directUrl, 'three')
    await sendOnce[name](directUrl, 'four')
    proxy.refuse(false)
    await shows('one', 'two', 'three', 'four')
    expect(await send('five')).toBeUndefined()
    await shows('one', 'two', 'three', 'four', 'five')
  })

  test(`two components make ${subscriptions} subscription(s); a send whose answer is cut off ${cutOff ? 'fails, though it was done' : 'is answered'}`, async () => {
    const { proxy, send, sent, shows } = await startVariant(name, { lists: 2 })
    expect(await send('one')).toBeUndefined()
    await shows('one')
    expect((await sent()).join().match(subscribe)).toHaveLength(subscriptions)

    proxy.stall('toClient')
    const forwarded = proxy.forwardedBytes.toServer
    const outcome = send('two')
    await eventually(async () => (await sent()).some((message) => message.includes('two')))
    await eventually(() => proxy.forwardedBytes.toServer > forwarded)
    // A FIN: the server still reads what came before it.
    proxy.cutAll({ reset: false })
    proxy.resume()
    expect(await outcome).toEqual(cutOff && expect.stringMatching(cutOff))
    await shows('one', 'two')
  })
})
