/**
 * The topics of a router by value, for a process that serves no calls.
 *
 * Not the server's route table, which refuses contracts: here procedures do not matter.
 * Rule: lazy routers are loaded only when a topic is not found without them.
 */
import {
  type AnyTopic,
  isLazyRouter,
  isProcedure,
  isRouter,
  isTopic,
  type LazyRouter,
  type Router,
  type Routes,
  TrunklineError,
} from '@trunkline/core'
import { listRoutes } from '@trunkline/core/protocol'
import type { CompiledTopic } from '../routes.js'

export class TopicRegistry {
  readonly #topics = new Map<AnyTopic, CompiledTopic>()
  #lazy: { readonly path: string; readonly router: LazyRouter<Routes> }[] = []
  #loading: Promise<void> | undefined

  constructor(router: Router<Routes>) {
    if (!isRouter(router)) throw new TypeError('createPublisher: `router` must be made by `t.router({ … })`.')
    this.#add(router['~routes'], '')
  }

  /**
   * The path and definition of a topic value.
   *
   * @throws TrunklineError `NOT_FOUND` when it is not in the router. Whatever a lazy router's loader throws.
   */
  async find(topic: AnyTopic): Promise<CompiledTopic> {
    while (!this.#topics.has(topic) && this.#lazy.length > 0) await this.#load()
    const found = this.#topics.get(topic)
    if (found !== undefined) return found
    throw new TrunklineError('NOT_FOUND', 'This topic is not in the router that the publisher was made with.')
  }

  /** Loads the lazy routers that are known; more may be found in them. Failed ones are tried again by the next call. */
  #load(): Promise<void> {
    this.#loading ??= this.#loadAll().finally(() => {
      this.#loading = undefined
    })
    return this.#loading
  }

  async #loadAll(): Promise<void> {
    for (const entry of [...this.#lazy]) {
      const routes = await entry.router['~load']()
      this.#lazy = this.#lazy.filter((other) => other !== entry)
      this.#add(isRouter(routes) ? routes['~routes'] : routes, `${entry.path}.`)
    }
  }

  #add(routes: object, prefix: string): void {
    for (const [name, route] of listRoutes(routes, prefix)) {
      const path = prefix + name
      if (isTopic(route)) this.#addTopic(path, route)
      else if (isLazyRouter(route)) this.#lazy.push({ path, router: route })
      else if (isRouter(route)) this.#add(route['~routes'], `${path}.`)
      else if (!isProcedure(route) && typeof route === 'object' && route !== null) this.#add(route, `${path}.`)
    }
  }

  /** Under the topic of a contract too, where `implement` made this of one. */
  #addTopic(path: string, topic: AnyTopic): void {
    const compiled = { path, definition: topic['~topic'] }
    for (const value of new Set([topic, topic['~implements'] ?? topic])) {
      const other = this.#topics.get(value)
      if (other !== undefined) throw new TypeError(`One topic cannot stand at two paths: ${other.path} and ${path}.`)
      this.#topics.set(value, compiled)
    }
  }
}
