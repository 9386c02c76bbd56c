/**
 * Procedures and the builder that declares them.
 *
 * Not their execution (server/src/call.ts). Rule: what a client can see of a procedure is one bag of *resolved* types
 * under the phantom member `~types`; no schema and no context is part of it. A member that was not declared is absent.
 */
import { isErrorCode } from '../error/error-code.js'
import type { ErrorCode } from '../error/fate.js'
import type { HandlerArgs, MaybePromise, ParsedInput, Tracked, Untracked } from './handler.js'
import type { AnyMiddleware, Middleware } from './middleware.js'
import { isSchema, type Schema, type SchemaInput, type SchemaOutput } from './schema.js'

/** Most UTF-16 units of an error code (P10.2). */
const MAX_CODE_LENGTH = 128

export type ProcedureKind = 'query' | 'mutation' | 'subscription'

/** What a client knows of a procedure. `output` is one item for a subscription. */
export interface ProcedureTypes {
  readonly kind: ProcedureKind
  readonly input?: unknown
  readonly output: unknown
  readonly errors?: object
}

/** Everything the server needs of a procedure. */
export interface ProcedureDefinition {
  readonly kind: ProcedureKind
  readonly input: Schema | undefined
  readonly output: Schema | undefined
  /** Declared codes, each with the schema of its data or `null`. */
  readonly errors: ReadonlyMap<string, Schema | null>
  readonly middleware: readonly AnyMiddleware[]
  readonly meta: Readonly<Record<string, unknown>>
  /** `undefined` for a procedure that may run twice. */
  readonly idempotent: IdempotentOptions | undefined
  /** `undefined` in a contract. Its argument was checked where it was declared. */
  readonly handler: ((args: never) => unknown) | undefined
}

/** How an idempotent mutation behaves. */
export interface IdempotentOptions {
  /**
   * What to do with a re-sent call whose first run cannot be proved or excluded.
   * `fail` (default): reject with fate `maybe-executed`. `rerun`: run again.
   */
  readonly onLost?: 'fail' | 'rerun' | undefined
}

/** A declared procedure; with a handler, or as a contract without one. */
export interface Procedure<TTypes extends ProcedureTypes = ProcedureTypes> {
  /** Phantom: exists for the type checker only. */
  readonly '~types': TTypes
  readonly '~procedure': ProcedureDefinition
}

/** What a contract keeps beside what the client sees, for `implement`. */
export interface ContractTypes extends ProcedureTypes {
  /** The input after its schema. */
  readonly parsed: unknown
  /** What a handler must return, or yield. */
  readonly returns: unknown
}

/**
 * What is known while a procedure is being declared: `context`, and where declared `input`, `parsed` (the input after
 * its schema), `output`, `returns` (what a handler must give) and `errors`. Each step intersects one more member.
 */
interface Bag {
  readonly context: unknown
}

type ErrorSchemas = Readonly<Record<string, Schema | null>>
/** Part of the constraint, not of the parameter: there `null` and the sentence would meet as `never`, which says nothing. */
type ReservedCodes = { readonly [TCode in ErrorCode]?: 'This code is built in: declare your own under another name.' }

/**
 * The bag with more in its context. What is there already is replaced, as it is when the server runs it: intersected, a
 * member that changes its type would be `never`.
 */
type Extended<TBag extends Bag, TExtension> = keyof TBag['context'] & keyof TExtension extends never
  ? TBag & { context: TExtension }
  : Omit<TBag, 'context'> & { context: Omit<TBag['context'], keyof TExtension> & TExtension }

// Written out per combination, so that nothing of the bag is left in a declaration and absent members are absent.
type Finished<TKind extends ProcedureKind, TBag extends Bag, TOutput> = TBag extends { input: infer TInput }
  ? TBag extends { errors: infer TErrors extends object }
    ? { kind: TKind; input: TInput; output: TOutput; errors: TErrors }
    : { kind: TKind; input: TInput; output: TOutput }
  : TBag extends { errors: infer TErrors extends object }
    ? { kind: TKind; output: TOutput; errors: TErrors }
    : { kind: TKind; output: TOutput }

/** The types of a contract. Behind a condition, so that hovers and messages say them and not this name. */
type Promised<TKind extends ProcedureKind, TBag extends Bag> = TBag extends Bag
  ? Finished<TKind, TBag, OutputOf<TBag, unknown>> & { parsed: ParsedInput<TBag>; returns: Returns<TBag> }
  : never

/** The declared output where there is one, else what the handler gave. */
type OutputOf<TBag extends Bag, TReturned> = TBag extends { output: infer TOutput } ? TOutput : TReturned

/** Declares a procedure, step by step; every step gives a new builder. */
export interface ProcedureBuilder<TBag extends Bag> {
  /** Declares what a caller passes; checked before anything runs. */
  input<$Schema extends Schema>(
    schema: $Schema,
  ): ProcedureBuilder<TBag & { input: SchemaInput<$Schema>; parsed: SchemaOutput<$Schema> }>
  /** Declares what the handler gives; checked before it leaves. For a subscription: every item. */
  output<$Schema extends Schema>(
    schema: $Schema,
  ): ProcedureBuilder<TBag & { output: SchemaOutput<$Schema>; returns: SchemaInput<$Schema> }>
  /** Declares errors that a caller can tell apart by code; `null` for a code without data. */
  errors<const $Schemas extends ErrorSchemas & ReservedCodes>(
    schemas: $Schemas,
  ): ProcedureBuilder<
    // Without a name of its own: hovers and messages then say the data, and not the schemas it is looked up in.
    TBag & {
      errors: {
        -readonly [TCode in keyof $Schemas]: $Schemas[TCode] extends Schema ? SchemaOutput<$Schemas[TCode]> : undefined
      }
    }
  >
  /** Puts a middleware around the handler; what it passes to `next` is added to the context. */
  use<$Extension>(
    middleware: Middleware<TBag['context'], ParsedInput<TBag>, $Extension>,
  ): ProcedureBuilder<Extended<TBag, $Extension>>
  /** Attaches values that middleware can read; later ones win. */
  meta(values: Readonly<Record<string, unknown>>): ProcedureBuilder<TBag>
  /** Declares that a mutation may be sent again: it runs once per key, or says `maybe-executed`. */
  idempotent(options?: IdempotentOptions): ProcedureBuilder<TBag>

  /** Ends with a contract: a query without a handler. */
  query(): Procedure<Promised<'query', TBag>>
  /** Ends with a query: it changes nothing, so it may be sent again. */
  query<$Output extends Returns<TBag>>(
    handler: (args: HandlerArgs<TBag>) => MaybePromise<$Output>,
  ): Procedure<Finished<'query', TBag, OutputOf<TBag, $Output>>>
  /** Ends with a contract: a mutation without a handler. */
  mutation(): Procedure<Promised<'mutation', TBag>>
  /** Ends with a mutation. */
  mutation<$Output extends Returns<TBag>>(
    handler: (args: HandlerArgs<TBag>) => MaybePromise<$Output>,
  ): Procedure<Finished<'mutation', TBag, OutputOf<TBag, $Output>>>
  /** Ends with a contract: a subscription without a handler. */
  subscription(): Procedure<Promised<'subscription', TBag>>
  /** Ends with a subscription: usually an `async function*`, pulled no faster than its consumer takes items. */
  subscription<$Item extends Returns<TBag> | Tracked<Returns<TBag>>>(
    handler: (args: HandlerArgs<TBag>) => MaybePromise<AsyncIterable<$Item>>,
  ): Procedure<Finished<'subscription', TBag, OutputOf<TBag, Untracked<$Item>>>>
}

/** What a handler must return, or yield, where an output was declared. */
type Returns<TBag> = TBag extends { returns: infer TReturns } ? TReturns : unknown

const EMPTY: ProcedureDefinition = {
  kind: 'query',
  input: undefined,
  output: undefined,
  errors: new Map(),
  middleware: [],
  meta: {},
  idempotent: undefined,
  handler: undefined,
}

/** Starts a declaration over a context. */
export function createProcedureBuilder<TContext>(): ProcedureBuilder<{ context: TContext }> {
  // The builder's types say more than its values: each step returns the same runtime class with another bag.
  return new Builder(EMPTY) as never
}

/** Makes a procedure of a definition; the caller says its types. */
export function createProcedure(definition: ProcedureDefinition): Procedure<never> {
  return { '~procedure': definition } as Procedure<never>
}

/** Whether `value` is a procedure or a contract. */
export function isProcedure(value: unknown): value is Procedure {
  return typeof value === 'object' && value !== null && '~procedure' in value
}

class Builder {
  readonly definition: ProcedureDefinition

  constructor(definition: ProcedureDefinition) {
    this.definition = definition
  }

  #with(change: Partial<ProcedureDefinition>): Builder {
    return new Builder({ ...this.definition, ...change })
  }

  input(schema: Schema): Builder {
    if (this.definition.input !== undefined) throw new TypeError('.input() was called twice: pass one schema.')
    return this.#with({ input: demandSchema('input', schema) })
  }

  output(schema: Schema): Builder {
    if (this.definition.output !== undefined) throw new TypeError('.output() was called twice: pass one schema.')
    return this.#with({ output: demandSchema('output', schema) })
  }

  errors(schemas: ErrorSchemas): Builder {
    const errors = new Map(this.definition.errors)
    for (const [code, schema] of Object.entries(schemas)) {
      if (isErrorCode(code))
        throw new TypeError(`.errors(): ${code} is a built-in code; declare yours under another name.`)
      if (code === '' || code.length > MAX_CODE_LENGTH)
        throw new TypeError(`.errors(): a code has 1 to ${MAX_CODE_LENGTH} characters, but one has ${code.length}.`)
      errors.set(code, schema === null ? null : demandSchema(`errors.${code}`, schema))
    }
    return this.#with({ errors })
  }

  use(middleware: AnyMiddleware): Builder {
    demandFunction('use', middleware)
    return this.#with({ middleware: [...this.definition.middleware, middleware] })
  }

  meta(values: Readonly<Record<string, unknown>>): Builder {
    return this.#with({ meta: { ...this.definition.meta, ...values } })
  }

  idempotent(options: IdempotentOptions = {}): Builder {
    return this.#with({ idempotent: options })
  }

  query(handler?: ProcedureDefinition['handler']): Procedure<never> {
    return this.#end('query', handler)
  }

  mutation(handler?: ProcedureDefinition['handler']): Procedure<never> {
    return this.#end('mutation', handler)
  }

  subscription(handler?: ProcedureDefinition['handler']): Procedure<never> {
    return this.#end('subscription', handler)
  }

  #end(kind: ProcedureKind, handler: ProcedureDefinition['handler']): Procedure<never> {
    if (this.definition.idempotent !== undefined && kind !== 'mutation') {
      throw new TypeError(`.idempotent() is for mutations; a ${kind} has no effect that could happen twice.`)
    }
    // Without one it is a contract, and where a module of a circle is not ready yet createServer says so.
    if (handler !== undefined) demandFunction(kind, handler)
    return createProcedure({ ...this.definition, kind, handler })
  }
}

function demandSchema(where: string, value: unknown): Schema {
  if (isSchema(value)) return value
  throw new TypeError(`.${where}() takes a Standard Schema such as v.object({ … }), but got ${typeof value}.`)
}

function demandFunction(where: string, value: unknown): void {
  if (typeof value !== 'function') throw new TypeError(`.${where}() takes a function, but got ${typeof value}.`)
}
