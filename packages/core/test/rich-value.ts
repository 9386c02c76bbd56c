import fc from 'fast-check'
import { hasOnlyCarriedKeys } from '../src/codec/testing/carried-keys.js'

/** Any value that the superjson codec carries, apart from Errors and Blobs; with `bytes`, those too. */
export function richValue({ bytes = false }: { bytes?: boolean } = {}): fc.Arbitrary<unknown> {
  const key = fc.oneof(
    fc.string(),
    fc.constantFrom('', '.', '\\', 'a.b', '\\.', '"', '0', 'length', 'toString', 'values', 'é', '\u2028'),
  )
  const binary = [
    fc.uint8Array({ maxLength: 8 }),
    fc.uint8Array({ maxLength: 8 }).map((view) => view.slice().buffer),
  ] as const
  return fc
    .letrec<{ node: unknown }>((tie) => ({
      node: fc.oneof(
        { maxDepth: 4, withCrossShrink: true },
        fc.constantFrom<unknown>(undefined, null, true, '', /x.y/g),
        fc.double(),
        fc.string(),
        fc.bigInt(),
        fc.date({ noInvalidDate: true }),
        fc.webUrl().map((url) => new URL(url)),
        ...(bytes ? binary : []),
        fc.array(tie('node'), { maxLength: 4 }),
        fc.dictionary(key, tie('node'), { maxKeys: 4, noNullPrototype: true }),
        fc.array(tie('node'), { maxLength: 4 }).map((items) => new Set(items)),
        fc.array(fc.tuple(tie('node'), tie('node')), { maxLength: 4 }).map((pairs) => new Map(pairs)),
      ),
    }))
    .node.filter(hasOnlyCarriedKeys)
}
