/**
 * Runs the middleware and the handler of a procedure over one scope.
 *
 * Not validation (call.ts, caller.ts) and not answers. Rule: without middleware nothing is allocated and a synchronous
 * handler stays synchronous.
 */
import type { AnyMiddleware, HandlerBase, MiddlewareResult, ProcedureKind, Publish } from '@trunkline/core'
import type { CompiledProcedure } from './routes.js'

/** The arguments of a handler while it is being prepared; `ctx` grows by what middleware adds. */
export interface Scope extends HandlerBase<unknown, unknown> {
  ctx: unknown
  readonly errors: object | undefined
  /** What middleware publishes with, where that is not the handler's: it runs on repeats too, the handler does not. */
  readonly '~middlewarePublish'?: Publish
}

/**
 * Calls the middleware in order and `enter` innermost.
 *
 * @returns what the handler returned, or a promise of it.
 */
export function runProcedure(procedure: CompiledProcedure, scope: Scope, enter: (scope: Scope) => unknown): unknown {
  const { middleware, kind } = procedure.definition
  if (middleware.length === 0) return enter(scope)
  return runFrom(0, middleware, kind, scope, scope.ctx, enter)
}

async function runFrom(
  index: number,
  middleware: readonly AnyMiddleware[],
  kind: ProcedureKind,
  scope: Scope,
  ctx: unknown,
  enter: (scope: Scope) => unknown,
): Promise<unknown> {
  const current = middleware[index]
  if (current === undefined) {
    scope.ctx = ctx
    return enter(scope)
  }
  let called = false
  const proceed = async (extended?: { readonly ctx: object }): Promise<MiddlewareResult<object>> => {
    if (called)
      throw new TypeError(`A middleware of ${scope.path} called next() twice; call it once and return its result.`)
    called = true
    const output = await runFrom(index + 1, middleware, kind, scope, extend(ctx, extended?.ctx), enter)
    return { output }
  }
  const next = (extended?: { readonly ctx: object }): Promise<MiddlewareResult<object>> => {
    const result = proceed(extended)
    // A middleware may look at it later, or never: meanwhile Node would take a failure for one that ends the process.
    result.catch(() => {})
    return result
  }
  // Its argument types were checked by `.use(…)`.
  const result: unknown = await current(new MiddlewareScope(scope, ctx, kind, next) as never)
  if (typeof result === 'object' && result !== null && 'output' in result) return result.output
  throw new TypeError(`A middleware of ${scope.path} must return what next() gave; it returned ${typeof result}.`)
}

/** What one middleware sees: the scope, with the context as it is at its place in the order. */
class MiddlewareScope {
  readonly ctx: unknown
  readonly kind: ProcedureKind
  readonly next: unknown
  readonly '~scope': Scope

  constructor(scope: Scope, ctx: unknown, kind: ProcedureKind, next: unknown) {
    this['~scope'] = scope
    this.ctx = ctx
    this.kind = kind
    this.next = next
  }

  get input(): unknown {
    return this['~scope'].input
  }

  get signal(): AbortSignal {
    return this['~scope'].signal
  }

  get publish(): unknown {
    return this['~scope']['~middlewarePublish'] ?? this['~scope'].publish
  }

  get path(): string {
    return this['~scope'].path
  }

  get meta(): unknown {
    return this['~scope'].meta
  }

  get idempotencyKey(): string | undefined {
    return this['~scope'].idempotencyKey
  }

  get lastEventId(): string | undefined {
    return this['~scope'].lastEventId
  }
}

function extend(ctx: unknown, extension: object | undefined): unknown {
  if (extension === undefined) return ctx
  if (typeof ctx !== 'object' || ctx === null) return extension
  // Keeps the methods of a context that is a class instance.
  return Object.assign(Object.create(Object.getPrototypeOf(ctx) as object | null) as object, ctx, extension)
}
