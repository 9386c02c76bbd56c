/**
 * The entry to a definition: `const t = trunkline<Context>()`.
 *
 * Not state: it only carries the context's type to what is declared with it.
 */
import { createImplementation, type Handlers } from './implement.js'
import type { Middleware } from './middleware.js'
import { createProcedureBuilder, type ProcedureBuilder } from './procedure.js'
import {
  createLazyRouter,
  createRouter,
  type LazyRouter,
  type ReservedNames,
  type Router,
  type Routes,
} from './router.js'
import { createTopic, type TopicFactory } from './topic.js'

/** Declares procedures, topics and routers over one context. */
export interface Trunkline<TContext> {
  /** Starts a procedure. */
  readonly procedure: ProcedureBuilder<{ context: TContext }>
  /** Declares a topic. Throws a TypeError when its options contradict each other. */
  readonly topic: TopicFactory<TContext>
  /** Names routes: procedures, topics, routers, or plain objects and modules of these. */
  readonly router: <const $Routes extends Routes>(routes: $Routes & ReservedNames) => Router<$Routes, TContext>
  /** A router that is loaded when one of its routes is first used: `t.lazy(() => import('./admin.js'))`. */
  readonly lazy: <$Routes extends Routes>(load: () => Promise<$Routes | Router<$Routes>>) => LazyRouter<$Routes>
  /** Declares a middleware to put into several procedures with `.use`. */
  readonly middleware: <$Extension>(
    middleware: Middleware<TContext, unknown, $Extension>,
  ) => Middleware<TContext, unknown, $Extension>
  /**
   * Gives a contract its handlers.
   * Throws a TypeError that names each path without a handler and each handler without a contract.
   */
  readonly implement: <$Routes extends Routes>(
    contract: Router<$Routes>,
    handlers: Handlers<$Routes, TContext>,
  ) => Router<$Routes, TContext>
}

/**
 * Starts a definition over a context, which the server makes for every connection.
 *
 * @see docs/guide/definition.md
 */
export function trunkline<TContext = object>(): Trunkline<TContext> {
  return {
    procedure: createProcedureBuilder<TContext>(),
    // One runtime function; its generic signature is the factory's.
    topic: createTopic as unknown as TopicFactory<TContext>,
    router: (routes) => createRouter(routes),
    lazy: (load) => createLazyRouter(load),
    middleware: (middleware) => middleware,
    implement: (contract, handlers) => createImplementation(contract, handlers),
  }
}
