/**
 * The client's paths: an object that has every name, until a verb is called.
 *
 * Not aware of the router: nothing of it is needed at run time, and the verb says which frame to send.
 * Rule: `then` and symbols are nothing, so that a path can be awaited, inspected and compared without a call.
 */

/** Calls `verb` on `path`. */
export type Invoke = (verb: string, path: string, args: readonly unknown[]) => unknown

/** Makes the node of `path`; its children are made once, when they are first asked for. */
export function createProxy(invoke: Invoke, path: string = '', verb: string = ''): unknown {
  const children = new Map<string, unknown>()
  return new Proxy((...args: readonly unknown[]) => invoke(verb, path, args), {
    get: (_target, name) => {
      const own = path ? `${path}.${verb}` : verb
      if (name === '~path') return own
      if (typeof name === 'symbol' || name === 'then') return undefined
      if (!children.has(name)) children.set(name, createProxy(invoke, own, name))
      return children.get(name)
    },
  })
}
