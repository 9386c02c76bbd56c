/** A server in its own process, to be frozen. */
import { trunkline } from '@trunkline/core'
import { createServer } from '@trunkline/server'
import { answerParent } from '@trunkline/testkit'

const t = trunkline()
const server = createServer({
  router: t.router({ ping: t.procedure.query(() => 'pong') }),
  heartbeat: { intervalMs: 500, timeoutMs: 500 },
})
const { port } = await server.listen()
answerParent({}, port)
