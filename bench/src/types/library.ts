/**
 * One library whose type checking is measured: how its router and its client are written.
 *
 * Every library gets the same procedures: ten in each sub-router, an input of five fields, an output that is inferred
 * from a handler which uses the input. All sub-routers stand in one module under one root.
 */
export interface Library {
  readonly name: string
  readonly title: string
  /** The packages whose versions the result names. */
  readonly packages: readonly string[]
  /** The module's first lines: imports and the builder. */
  readonly routerHead: string
  procedure(procedure: GeneratedProcedure): string
  /** `procedures` is a list of `name: expression,` lines. */
  subRouter(name: string, procedures: string): string
  /** Declares and exports whatever the client's module imports. */
  root(names: readonly string[]): string
  readonly clientHead: string
  /** An expression for the promise of a call's output. */
  call(subRouter: string, procedure: string, input: string): string
}

/** The parts of one generated procedure, as source text. */
export interface GeneratedProcedure {
  /** A valibot schema. */
  readonly input: string
  /** An object literal that uses `input`. */
  readonly output: string
}

export const proceduresPerSubRouter = 10
export const callCount = 50

/** Writes the router's module with `size` procedures. */
export function generateRouter(library: Library, size: number): string {
  const names = Array.from({ length: size / proceduresPerSubRouter }, (_, index) => `r${index}`)
  const subRouters = names.map((name, index) => library.subRouter(name, generateProcedures(library, index)))
  return [library.routerHead, ...subRouters, library.root(names), ''].join('\n')
}

/** Writes the client's module: calls spread over the whole router, each with its input and output checked. */
export function generateClient(library: Library, size: number): string {
  const calls = Array.from({ length: callCount }, (_, call) => {
    const index = Math.floor((call * size) / callCount)
    const [subRouter, procedure] = [Math.floor(index / proceduresPerSubRouter), index % proceduresPerSubRouter]
    const input = `{ id${index}: 'a', count: 1, open: true, tags: ['b'], note: 'c' }`
    return [
      `const output${call} = await ${library.call(`r${subRouter}`, `p${procedure}`, input)}`,
      `export const id${call}: string = output${call}.id`,
      `export const total${call}: number = output${call}.total${index}`,
    ].join('\n')
  })
  return [library.clientHead, ...calls, ''].join('\n')
}

function generateProcedures(library: Library, subRouter: number): string {
  return Array.from({ length: proceduresPerSubRouter }, (_, procedure) => {
    const index = subRouter * proceduresPerSubRouter + procedure
    // One field of each is its own, so that the compiler cannot take one procedure's types for another's.
    const input = `v.object({ id${index}: v.string(), count: v.number(), open: v.boolean(), tags: v.array(v.string()), note: v.optional(v.string()) })`
    const output = `{ id: input.id${index}, total${index}: input.count * 2, tags: input.tags, done: !input.open }`
    return `  p${procedure}: ${library.procedure({ input, output })},`
  }).join('\n')
}
