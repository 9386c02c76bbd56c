import { PayloadError } from './payload-error.js'

/** Refuses a payload whose `meta` and `data` do not fit each other. */
export function demand(holds: unknown): asserts holds {
  if (!holds) throw new PayloadError('', 'expected a meta of places that are there, each with a value of its type')
}
