/**
 * The codec for everything that superjson knows, and bytes; the only file that imports superjson.
 *
 * Plain JSON never enters superjson. What is richer is copied into plain parts first (to-tree.ts); on the way in the
 * annotations are checked place by place (annotations.ts) before superjson builds.
 * Rule: a payload is a tree. An object that is referred to twice arrives as two equal ones, whether or not the payload
 * needed superjson; restoring identity from the wire would allow cycles, and graphs that take forever to walk.
 */
import SuperJSON from 'superjson'
import { checkAnnotations } from './annotations.js'
import { binaryFraming } from './attachments.js'
import { isBlob } from './blob.js'
import { isBytes, placeBytes } from './bytes.js'
import type { Codec, EncodedPayload } from './codec.js'
import { scanInstance } from './instance.js'
import { PayloadError, toPayloadError } from './payload-error.js'
import { BLOBS, BYTES, checkPayload, MAX_DEPTH, RICH, refuse, scanParts, scanPayload } from './scan-payload.js'
import { type Found, toTree } from './to-tree.js'
import { writePayload } from './write-payload.js'
import { isBuiltIn, isEncodable, isWritten } from './written-type.js'

/** Options of `superjsonCodec`. */
export interface SuperjsonCodecOptions {
  /** Levels of arrays and objects in a payload, as it travels: a Map is an array of pairs. Default 64, as peers accept. */
  readonly maxDepth?: number | undefined
  /**
   * An instance with classes and custom transformers of the app. What they are given when decoding was checked for depth
   * and keys only. Default: a private instance.
   */
  readonly instance?: SuperJSON | undefined
}

/**
 * Makes the codec with superjson's semantics: Date, Map, Set, BigInt, RegExp, URL, Error (name, message and cause),
 * `undefined`, NaN, infinities and -0 arrive as they were, and so do bytes, Blobs and Files.
 *
 * Instances of other classes travel as what their `toJSON` gives, else as their own members. A RegExp's source is at
 * most 1,000 characters, on either way.
 */
export function superjsonCodec({ instance, maxDepth = MAX_DEPTH }: SuperjsonCodecOptions = {}): Codec {
  // Shares the registries of the app's instance, which stays as it is. `dedupe` would write the second of two references
  // as null and rely on what a tree has not.
  const superjson: SuperJSON = Object.assign(new SuperJSON(), instance, { dedupe: false } as object)
  const isKnown = (object: object): boolean => instance !== undefined && isRegistered(instance, object)

  const scanOther = (value: unknown, depth: number): number => {
    if (isBytes(value)) return BYTES
    if (isBlob(value)) return BLOBS
    if (/undefined|bigint|number/.test(typeof value)) return RICH
    if (typeof value !== 'object' || value === null) return refuse('data', value)
    if (isKnown(value)) return RICH
    if (isBuiltIn(value)) return isEncodable(value) ? RICH : refuse('what can travel', value)
    // As they travel: a Map is an array of pairs, an Error an object.
    if (value instanceof Map || value instanceof Set) return scanParts(RICH, [...value], depth)
    if (value instanceof Error) return scanParts(RICH, 'cause' in value ? { cause: value.cause } : {}, depth)
    return scanInstance(value, depth, 'data')
  }

  const encodeTree = (value: unknown): EncodedPayload => {
    const found: Found = { bytes: [], paths: [] }
    const tree = toTree(value, (object) => isBuiltIn(object) || isKnown(object), found)
    const { json, meta } = superjson.serialize(tree)
    // What an app's own class or transformer gave was not scanned yet.
    if (instance !== undefined) checkPayload(json, maxDepth)
    const annotations = meta?.values && { values: meta.values, v: 1 }
    const paths = found.paths.length > 0 ? { bytes: found.paths } : undefined
    return writePayload(JSON.stringify(json), (annotations || paths) && { ...annotations, ...paths }, found.bytes)
  }

  return {
    name: 'superjson',
    binary: binaryFraming,
    encode(value): EncodedPayload {
      if (value === undefined) return ''
      try {
        return scanPayload(value, maxDepth, scanOther) === 0 ? `,"data":${JSON.stringify(value)}` : encodeTree(value)
      } catch (error) {
        throw toPayloadError(error)
      }
    },
    decode(data, meta, bytes): unknown {
      checkPayload(data, maxDepth)
      if (meta === undefined) return data
      try {
        const root = { '': data }
        const { values, v, bytes: paths = [] } = meta as { values?: unknown; v?: unknown; bytes?: unknown }
        placeBytes(root, paths, bytes)
        if (values === undefined) return root['']
        if (v !== 1) throw new PayloadError('', 'expected annotations of version 1')
        // A type that is an array is one of the app's, or none: superjson looks it up in the instance.
        checkAnnotations(root, values, (value, type) => (instance && Array.isArray(type)) || isWritten(value, type))
        // superjson declares JSON and a tree of its own here: bytes pass through it, and the tree was checked.
        return superjson.deserialize(
          { json: root[''] as never, meta: { values: values as never, v: 1 } },
          { inPlace: true },
        )
      } catch (error) {
        throw toPayloadError(error)
      }
    },
  }
}

function isRegistered(superjson: SuperJSON, object: object): boolean {
  // superjson's own type for a constructor; it is only looked up.
  const owner = object.constructor as Parameters<SuperJSON['registerClass']>[0]
  return (
    superjson.classRegistry.getIdentifier(owner) !== undefined ||
    superjson.customTransformerRegistry.findApplicable(object) !== undefined
  )
}
