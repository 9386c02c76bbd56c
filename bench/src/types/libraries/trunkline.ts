import type { Library } from '../library.js'

/** Trunkline in the form that its guide shows for an app of its size. */
export const trunkline: Library = {
  name: 'trunkline',
  title: 'Trunkline',
  packages: ['@trunkline/core', '@trunkline/client'],
  routerHead: `
import { type InferRouter, trunkline } from '@trunkline/core'
import * as v from 'valibot'

const t = trunkline<{ user: string }>()
`,
  procedure: ({ input, output }) => `t.procedure.input(${input}).query(({ input }) => (${output}))`,
  subRouter: (name, procedures) => `const ${name} = t.router({\n${procedures}\n})`,
  root: (names) =>
    `export const router = t.router({ ${names.join(', ')} })\nexport interface AppRouter extends InferRouter<typeof router> {}`,
  clientHead: `
import { createClient } from '@trunkline/client'
import type { AppRouter } from './router.js'

const { api } = createClient<AppRouter>({ url: 'ws://127.0.0.1' })
`,
  call: (subRouter, procedure, input) => `api.${subRouter}.${procedure}.query(${input})`,
}
