/**
 * The errors that a procedure declares, as the constructors its handler gets.
 *
 * Rule: made once per procedure, when the router is compiled; an error remembers the path that declared it.
 */
import { type ProcedureDefinition, TrunklineError } from '@trunkline/core'

/** Makes `errors` of a handler's arguments; undefined where none are declared. */
export function declaredErrors(definition: ProcedureDefinition, path: string): object | undefined {
  if (definition.errors.size === 0) return undefined
  const constructors = [...definition.errors.keys()].map((code) => [
    code,
    (data?: unknown, message?: string) => new TrunklineError(code, message, { data, path, fate: 'executed' }),
  ])
  return Object.freeze(Object.fromEntries(constructors))
}
