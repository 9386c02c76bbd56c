/**
 * Calls procedures in process, for tests and server-side rendering.
 *
 * Not a client: nothing is encoded and nothing travels, and of a topic there is only how it stands (caller-topic.ts).
 * Rule: the same checks run in the same order as for a wire call.
 */
import {
  type HandlerBase,
  isTrunklineErrorLike,
  type ProcedureKind,
  type Publish,
  type Router,
  type Routes,
  type Schema,
  TrunklineError,
  validate,
} from '@trunkline/core'
import { callerError } from './caller-error.js'
import { readTopic } from './caller-topic.js'
import type { Caller } from './caller-types.js'
import { runProcedure, type Scope } from './procedure-run.js'
import { type CompiledProcedure, RouteTable } from './routes.js'
import type { Broker } from './topics/broker.js'
import { appFault } from './wire-error.js'

/** Options of `createCaller`. */
export interface CallerOptions<TRoutes extends Routes, TContext> {
  readonly router: Router<TRoutes, TContext>
  /** What handlers get as `ctx`. */
  readonly context: TContext
  /** Used by handlers that publish: a server's `publish`. Default: publishing throws. */
  readonly publish?: Publish | undefined
  /** Where topics live, for `snapshot` and `position`: the server's own. Default: those throw. */
  readonly broker?: Broker | undefined
  /** The `signal` that handlers get. Default: one that never fires. */
  readonly signal?: AbortSignal | undefined
}

/**
 * Makes a caller: `await caller.messages.list.query({ room })`; of a topic `await caller.room.snapshot({ room })`.
 * Calls reject with the TrunklineError that a client would get; an unknown failure is its `cause`.
 */
export function createCaller<TRoutes extends Routes, TContext>(
  options: CallerOptions<TRoutes, TContext>,
): Caller<TRoutes> {
  const routes = new RouteTable(options.router)
  // The proxy answers to every path; its type is the router's.
  return pathProxy('', (path, verb, input) => {
    if (verb === 'subscribe') return iterate(routes, path, input, options)
    if (verb === 'snapshot' || verb === 'position') return readTopic(routes, path, verb, input, options)
    return call(routes, path, verb, input, options)
  }) as Caller<TRoutes>
}

type Invoke = (path: string, verb: string, input: unknown) => unknown

/** What each verb is for. */
const VERBS: ReadonlyMap<string, ProcedureKind | 'topic'> = new Map<string, ProcedureKind | 'topic'>([
  ['query', 'query'],
  ['mutate', 'mutation'],
  ['subscribe', 'subscription'],
  ['snapshot', 'topic'],
  ['position', 'topic'],
])

function pathProxy(path: string, invoke: Invoke): unknown {
  return new Proxy(() => {}, {
    get: (_target, name) => {
      if (typeof name !== 'string' || name === 'then') return undefined
      return pathProxy(path === '' ? name : `${path}.${name}`, invoke)
    },
    apply: (_target, _self, [input]: unknown[]) => {
      const dot = path.lastIndexOf('.')
      const verb = path.slice(dot + 1)
      if (!VERBS.has(verb))
        throw new TypeError(`Call ${path} with .query(), .mutate(), .subscribe(), .snapshot() or .position().`)
      return invoke(path.slice(0, dot), verb, input)
    },
  })
}

async function call(
  routes: RouteTable,
  path: string,
  verb: string,
  input: unknown,
  options: AnyOptions,
): Promise<unknown> {
  const procedure = await find(routes, path, verb)
  const state = { handlerStarted: false }
  try {
    const output = await run(procedure, input, options, state)
    return await checkOutput(procedure.definition.output, output, procedure.outputName)
  } catch (error) {
    throw await callerError(error, failedAt(procedure, state.handlerStarted))
  }
}

async function* iterate(
  routes: RouteTable,
  path: string,
  input: unknown,
  options: AnyOptions,
): AsyncGenerator<unknown> {
  const procedure = await find(routes, path, 'subscribe')
  const state = { handlerStarted: false }
  try {
    const items = await run(procedure, input, options, state)
    for await (const item of items as AsyncIterable<unknown>) {
      const isTracked = typeof item === 'object' && item !== null && '~tracked' in item && 'value' in item
      yield await checkOutput(procedure.definition.output, isTracked ? item.value : item, `an item of ${path}`)
    }
  } catch (error) {
    throw await callerError(error, failedAt(procedure, state.handlerStarted))
  }
}

/** Checks the input and runs middleware and handler; notes when the handler was entered. */
async function run(
  procedure: CompiledProcedure,
  input: unknown,
  options: AnyOptions,
  state: { handlerStarted: boolean },
): Promise<unknown> {
  return runProcedure(procedure, await scopeOf(procedure, input, options), (scope) => {
    state.handlerStarted = true
    // Its argument types were checked where the procedure was declared.
    return procedure.handler(scope as never)
  })
}

/** Options of any caller. */
export type AnyOptions = Pick<CallerOptions<Routes, unknown>, 'publish' | 'signal' | 'broker'> & {
  readonly context: unknown
}

async function find(routes: RouteTable, path: string, verb: string): Promise<CompiledProcedure> {
  const procedure = await routes.procedure(path)
  if (procedure === undefined) throw new TrunklineError('NOT_FOUND', `No procedure ${JSON.stringify(path)}.`)
  const { kind } = procedure.definition
  if (VERBS.get(verb) === kind) return procedure
  throw new TrunklineError('NOT_FOUND', `${JSON.stringify(path)} is a ${kind}: ${verb} is not for it.`)
}

async function scopeOf(procedure: CompiledProcedure, input: unknown, options: AnyOptions): Promise<Scope> {
  const { definition, path, errors, inputName } = procedure
  const parsed = definition.input === undefined ? input : await validate(definition.input, input, inputName)
  const base: HandlerBase<unknown, unknown> = {
    input: parsed,
    ctx: options.context,
    signal: options.signal ?? new AbortController().signal,
    publish: options.publish ?? cannotPublish,
    path,
    meta: definition.meta,
    idempotencyKey: undefined,
    lastEventId: undefined,
  }
  return { ...base, errors }
}

const cannotPublish: Publish = () => {
  throw new TypeError('This caller cannot publish: give createCaller `publish`, e.g. `server.publish`.')
}

/** An output that its schema refuses is the handler's mistake: as over the wire, whoever calls gets `INTERNAL`. */
async function checkOutput(schema: Schema | undefined, output: unknown, what: string): Promise<unknown> {
  try {
    return schema === undefined ? output : await validate(schema, output, what)
  } catch (error) {
    throw isTrunklineErrorLike(error) ? appFault(error) : error
  }
}

function failedAt({ path, definition }: CompiledProcedure, handlerStarted: boolean): Parameters<typeof callerError>[1] {
  return { path, handlerStarted, declared: definition.errors }
}
