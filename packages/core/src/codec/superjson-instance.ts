/**
 * The superjson codec with types of the app; the only file that imports superjson.
 *
 * Not a second format: what superjson.ts knows is written and built there, and superjson itself is given what the app
 * registered with its instance: classes and custom transformers.
 * Rule: it meets nothing on the way in whose depth, keys and place were not checked.
 */
import SuperJSON from 'superjson'
import type { Codec } from './codec.js'
import { PayloadError } from './payload-error.js'
import { createRichCodec } from './rich-codec.js'
import { buildRich } from './rich-types.js'
import { convertKnown, type SuperjsonCodecOptions } from './superjson.js'
import { note } from './types.js'
import { type Convert, walk } from './walk.js'

/**
 * Makes the codec of `superjsonCodec` with the classes, custom transformers and allowed members of errors of an instance
 * of superjson; the other side needs one that knows the same. What its transformers are given was checked for depth and
 * keys only. Symbols do not travel, registered or not.
 */
export function superjsonInstanceCodec(instance: SuperJSON, { maxDepth }: SuperjsonCodecOptions = {}): Codec {
  // Shares the registries of the app's instance, which stays as it is. `dedupe` would write the second of two references
  // as null and rely on what a tree has not.
  const superjson: SuperJSON = Object.assign(new SuperJSON(), instance, { dedupe: false } as object)

  const convert: Convert = (value, level) => {
    if (!isRegistered(instance, value)) return convertKnown(value, level)
    const { json, meta } = superjson.serialize(value)
    // A transformer of the app may give anything: only what travels of it is walked.
    const plain: unknown = JSON.parse(JSON.stringify(json) ?? 'null')
    walk(plain, level)
    note(level, JSON.stringify(meta?.values) ?? '')
    return plain
  }

  const build = (value: unknown, type: unknown): unknown => {
    if (Array.isArray(type)) {
      if (!isAllowed(type, value)) throw new PayloadError('', 'expected a type that the app registered')
      // superjson declares JSON and a tree of its own here: what is inside of the value was built already.
      return superjson.deserialize({ json: value as never, meta: { values: [type] as never, v: 1 } }, { inPlace: true })
    }
    const built = buildRich(value, type)
    if (type === 'Error') {
      // An Error was built of it, so it is an object.
      for (const name of instance.allowedErrorProps) Object.assign(built as Error, { [name]: (value as never)[name] })
    }
    return built
  }

  return createRichCodec('superjson', maxDepth, convert, build)
}

function isRegistered(superjson: SuperJSON, value: unknown): boolean {
  if (superjson.customTransformerRegistry.findApplicable(value) !== undefined) return true
  if (typeof value !== 'object' || value === null) return false
  if (value instanceof Error && superjson.allowedErrorProps.length > 0) return true
  // superjson's own type for a constructor; it is only looked up.
  const owner = value.constructor as Parameters<SuperJSON['registerClass']>[0]
  return superjson.classRegistry.getIdentifier(owner) !== undefined
}

/** A typed array, which superjson writes inside of a class, is made of a list only: of a number it would be that long. */
function isAllowed([kind]: readonly unknown[], value: unknown): boolean {
  return kind === 'class' || kind === 'custom' || (kind === 'typed-array' && Array.isArray(value))
}
