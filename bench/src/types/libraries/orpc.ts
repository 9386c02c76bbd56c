import type { Library } from '../library.js'

/** oRPC in the form that its documentation shows. */
export const orpc: Library = {
  name: 'orpc',
  title: 'oRPC',
  packages: ['@orpc/server', '@orpc/client'],
  routerHead: `
import { os } from '@orpc/server'
import * as v from 'valibot'

const base = os.$context<{ user: string }>()
`,
  procedure: ({ input, output }) => `base.input(${input}).handler(({ input }) => (${output}))`,
  subRouter: (name, procedures) => `const ${name} = {\n${procedures}\n}`,
  root: (names) => `export const router = { ${names.join(', ')} }\nexport type AppRouter = typeof router`,
  clientHead: `
import { createORPCClient } from '@orpc/client'
import { RPCLink } from '@orpc/client/websocket'
import type { RouterClient } from '@orpc/server'
import type { AppRouter } from './router.js'

const api: RouterClient<AppRouter> = createORPCClient(new RPCLink({ websocket: new WebSocket('ws://127.0.0.1') }))
`,
  call: (subRouter, procedure, input) => `api.${subRouter}.${procedure}(${input})`,
}
