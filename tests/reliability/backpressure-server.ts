/** A server in its own process whose memory can be asked for. With `--no-credit` its streams pull without any credit. */
import { trunkline } from '@trunkline/core'
import { createServer } from '@trunkline/server'
import { answerParent } from '@trunkline/testkit'

/**
 * The negative control: what the test measures must be seen to grow when the mechanism is off. A handler is given the
 * running subscription itself, so credit can be switched off from here and needs no switch in the server.
 */
function switchCreditOff(subscription: object): void {
  Object.defineProperty(subscription, '~hasCredit', { value: () => true })
}

const ITEMS = 4_000
const ITEM_BYTES = 65_536
let yielded = 0

const t = trunkline()
const server = createServer({
  router: t.router({
    flood: t.procedure.subscription(async function* (subscription) {
      if (process.argv.includes('--no-credit')) switchCreditOff(subscription)
      for (; yielded < ITEMS; yielded++) {
        // A fresh buffer's text each time, so that the items do not share memory.
        yield Buffer.alloc(ITEM_BYTES, 97 + (yielded % 26)).toString('latin1')
        // Other work of a real source: a turn of the event loop now and then.
        if (yielded % 16 === 0) await new Promise((resolve) => setImmediate(resolve))
      }
    }),
  }),
})
const { port } = await server.listen()

answerParent(
  {
    yielded: () => yielded,
    // External memory is part of it: what waits in a socket is in buffers outside the heap.
    memory: () => {
      globalThis.gc?.()
      const { heapUsed, external } = process.memoryUsage()
      return heapUsed + external
    },
  },
  port,
)
