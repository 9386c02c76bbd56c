import type { Library } from '../library.js'

/** tRPC in the form that its documentation shows. */
export const trpc: Library = {
  name: 'trpc',
  title: 'tRPC',
  packages: ['@trpc/server', '@trpc/client'],
  routerHead: `
import { initTRPC } from '@trpc/server'
import * as v from 'valibot'

const t = initTRPC.context<{ user: string }>().create()
`,
  procedure: ({ input, output }) => `t.procedure.input(${input}).query(({ input }) => (${output}))`,
  subRouter: (name, procedures) => `const ${name} = t.router({\n${procedures}\n})`,
  root: (names) => `export const router = t.router({ ${names.join(', ')} })\nexport type AppRouter = typeof router`,
  clientHead: `
import { createTRPCClient, createWSClient, wsLink } from '@trpc/client'
import type { AppRouter } from './router.js'

const api = createTRPCClient<AppRouter>({ links: [wsLink({ client: createWSClient({ url: 'ws://127.0.0.1' }) })] })
`,
  call: (subRouter, procedure, input) => `api.${subRouter}.${procedure}.query(${input})`,
}
