import type { Library } from '../library.js'

/** The least that a typed router over valibot can cost: a function with the schema's type, and a mapped client. */
export const floor: Library = {
  name: 'floor',
  title: 'plain valibot',
  packages: ['valibot'],
  routerHead: `
import * as v from 'valibot'

export interface Procedure<TInput, TOutput> {
  run(input: TInput): TOutput
}

function procedure<const TSchema extends v.GenericSchema, TOutput>(
  schema: TSchema,
  handler: (args: { input: v.InferOutput<TSchema> }) => TOutput,
): Procedure<v.InferInput<TSchema>, TOutput> {
  return { run: (input) => handler({ input: v.parse(schema, input) }) }
}
`,
  procedure: ({ input, output }) => `procedure(${input}, ({ input }) => (${output}))`,
  subRouter: (name, procedures) => `const ${name} = {\n${procedures}\n}`,
  root: (names) => `export const router = { ${names.join(', ')} }\nexport type AppRouter = typeof router`,
  clientHead: `
import type { AppRouter, Procedure } from './router.js'

type Client<TRoutes> = {
  [TName in keyof TRoutes]: TRoutes[TName] extends Procedure<infer TInput, infer TOutput>
    ? (input: TInput) => Promise<TOutput>
    : Client<TRoutes[TName]>
}

declare const api: Client<AppRouter>
`,
  call: (subRouter, procedure, input) => `api.${subRouter}.${procedure}(${input})`,
}
