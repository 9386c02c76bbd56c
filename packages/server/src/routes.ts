/**
 * A router compiled for dispatch: from paths to procedures and topics.
 *
 * Not the definition (core) and not a call. Rule: paths are looked up in Maps, so no name of a peer touches an object.
 */
import {
  type AnyTopic,
  type Clock,
  isLazyRouter,
  isProcedure,
  isRouter,
  isTopic,
  type LazyRouter,
  type ProcedureDefinition,
  type Router,
  type Routes,
  type TopicDefinition,
  TrunklineError,
} from '@trunkline/core'
import { DEFAULT_TIMEOUT_MS, listRoutes, MAX_PATH_LENGTH } from '@trunkline/core/protocol'
import { declaredErrors } from './declared-errors.js'
import { systemClock } from './system-clock.js'

/** A loader that has not settled after so long is given up: who waits is told, and the next call tries again. */
const LOAD_TIMEOUT_MS = DEFAULT_TIMEOUT_MS

/** A procedure with its path and the constructors of its declared errors. */
export interface CompiledProcedure {
  readonly path: string
  /** What `validate` calls its input and output in messages; here, so that no call puts it together. */
  readonly inputName: string
  readonly outputName: string
  readonly definition: ProcedureDefinition
  readonly handler: (args: never) => unknown
  readonly errors: object | undefined
}

/** A topic with its path. */
export interface CompiledTopic {
  readonly path: string
  readonly definition: TopicDefinition
}

export class RouteTable {
  readonly #procedures = new Map<string, CompiledProcedure>()
  readonly #topics = new Map<string, CompiledTopic>()
  readonly #pathByTopic = new Map<AnyTopic, CompiledTopic>()
  readonly #lazy = new Map<string, LazyRouter<Routes>>()
  readonly #loading = new Map<string, Promise<void>>()

  readonly #lackOf: (topic: TopicDefinition) => string | undefined
  readonly #clock: Clock

  /**
   * @param lackOf - says what the broker lacks for a topic.
   * @throws TypeError that names the path of whatever is not a route, has no handler, or lacks something. What is loaded
   *   lazily is checked then.
   */
  constructor(
    router: Router<Routes>,
    lackOf: (topic: TopicDefinition) => string | undefined = () => undefined,
    clock: Clock = systemClock,
  ) {
    this.#lackOf = lackOf
    this.#clock = clock
    if (!isRouter(router)) throw new TypeError('`router` must be made by `t.router({ … })`.')
    this.#add(router['~routes'], '')
  }

  /** The procedure at `path`; a promise where its router is loaded lazily; undefined where there is none. */
  procedure(path: string): CompiledProcedure | undefined | Promise<CompiledProcedure | undefined> {
    const found = this.#procedures.get(path)
    if (found !== undefined || this.#lazy.size === 0) return found
    const loaded = this.#load(path)
    return loaded?.then(() => this.procedure(path))
  }

  /** The topic at `path`; a promise where its router is loaded lazily; undefined where there is none. */
  topic(path: string): CompiledTopic | undefined | Promise<CompiledTopic | undefined> {
    const found = this.#topics.get(path)
    if (found !== undefined || this.#lazy.size === 0) return found
    const loaded = this.#load(path)
    return loaded?.then(() => this.topic(path))
  }

  /** Finds a topic by its value. @throws TrunklineError `NOT_FOUND` when it is not in the router. */
  compiledTopic(topic: AnyTopic): CompiledTopic {
    const found = this.#pathByTopic.get(topic)
    if (found !== undefined) return found
    throw new TrunklineError(
      'NOT_FOUND',
      isTopic(topic)
        ? 'This topic is not in the router of this server: add it, or load its lazy router first.'
        : 'publish takes a topic made by `t.topic({ … })` as its first argument.',
    )
  }

  #load(path: string): Promise<void> | undefined {
    for (const [prefix, lazy] of this.#lazy) {
      if (!path.startsWith(`${prefix}.`)) continue
      let loading = this.#loading.get(prefix)
      if (loading === undefined) {
        loading = this.#startLoading(prefix, lazy)
        this.#loading.set(prefix, loading)
      }
      return loading
    }
    return undefined
  }

  #startLoading(prefix: string, lazy: LazyRouter<Routes>): Promise<void> {
    const loading = new Promise<void>((resolve, reject) => {
      const fail = (error: unknown): void => {
        // Tried again by the next call, unless that has happened already.
        if (this.#loading.get(prefix) === loading) this.#loading.delete(prefix)
        reject(error)
      }
      const cancel = this.#clock.schedule(() => {
        const message = `The router of ${prefix} was not loaded within ${LOAD_TIMEOUT_MS} ms.`
        fail(new TrunklineError('TIMEOUT', message, { fate: 'rejected' }))
      }, LOAD_TIMEOUT_MS)
      // Asynchronous also where the loader throws at once: whoever asks waits for a promise.
      const load = async (): Promise<Routes | Router<Routes>> => lazy['~load']()
      load()
        .finally(cancel)
        .then((routes) => {
          // Late is not too late, unless another try has loaded it.
          if (this.#lazy.delete(prefix)) this.#add(isRouter(routes) ? routes['~routes'] : routes, `${prefix}.`)
          resolve()
        })
        .catch(fail)
    })
    return loading
  }

  #add(routes: object, prefix: string): void {
    for (const [name, route] of listRoutes(routes, prefix)) {
      const path = prefix + name
      if (path.length > MAX_PATH_LENGTH) {
        throw new TypeError(
          `${path} has ${path.length} characters: a path that can be called has ${MAX_PATH_LENGTH} at most.`,
        )
      }
      if (isProcedure(route)) this.#addProcedure(path, route['~procedure'])
      else if (isTopic(route)) this.#addTopic(path, route)
      else if (isLazyRouter(route)) this.#lazy.set(path, route)
      else if (isRouter(route)) this.#add(route['~routes'], `${path}.`)
      else if (isUnfinished(route)) {
        throw new TypeError(`${path} has no end: finish it with .query(…), .mutation(…) or .subscription(…).`)
      } else if (typeof route === 'object' && route !== null) this.#add(route, `${path}.`)
      else throw new TypeError(`${path} is a ${typeof route}: a route is a procedure, a topic or an object of routes.`)
    }
  }

  #addProcedure(path: string, definition: ProcedureDefinition): void {
    if (definition.handler === undefined) {
      throw new TypeError(`${path} is a contract without a handler: give it one with \`t.implement(contract, { … })\`.`)
    }
    const errors = declaredErrors(definition, path)
    this.#procedures.set(path, {
      path,
      inputName: `input of ${path}`,
      outputName: `output of ${path}`,
      definition,
      handler: definition.handler,
      errors,
    })
  }

  #addTopic(path: string, topic: AnyTopic): void {
    const definition = topic['~topic']
    const lack = this.#lackOf(definition)
    if (lack !== undefined) throw new TypeError(`${path}: ${lack}`)
    const compiled = { path, definition }
    for (const value of new Set([topic, topic['~implements'] ?? topic])) {
      const other = this.#pathByTopic.get(value)
      if (other !== undefined) throw new TypeError(`One topic cannot stand at two paths: ${other.path} and ${path}.`)
      this.#pathByTopic.set(value, compiled)
    }
    this.#topics.set(path, compiled)
  }
}

/** Whether a value is a procedure that nothing has ended: what ends one is there to be called. */
function isUnfinished(value: unknown): boolean {
  const { query, mutation } = (value ?? {}) as { query?: unknown; mutation?: unknown }
  return typeof query === 'function' && typeof mutation === 'function'
}
