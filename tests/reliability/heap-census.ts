/**
 * Counts what is alive in this process: objects by their class, functions by their name.
 *
 * Not a figure of memory: what a heap weighs depends on when it was swept, what is alive in it does not.
 */
import { setTimeout as later } from 'node:timers/promises'
import { getHeapSnapshot } from 'node:v8'

/** How many of each kind are alive, such as `object Session` or `closure onAbort`. */
export type Census = Readonly<Record<string, number>>

interface Snapshot {
  readonly snapshot: {
    readonly meta: { readonly node_fields: readonly string[]; readonly node_types: readonly [readonly string[]] }
  }
  readonly nodes: readonly number[]
  readonly strings: readonly string[]
}

/** Needs `--expose-gc`. */
export async function takeCensus(): Promise<Census> {
  for (let round = 0; round < 3; round++) {
    globalThis.gc?.()
    // What was held weakly is let go of in a later turn.
    await later(1)
  }
  const chunks: Buffer[] = []
  for await (const chunk of getHeapSnapshot()) chunks.push(Buffer.from(chunk))
  // V8 documents what it writes there.
  const { snapshot, nodes, strings } = JSON.parse(Buffer.concat(chunks).toString()) as Snapshot
  const { node_fields: fields, node_types: types } = snapshot.meta
  const type = fields.indexOf('type')
  const name = fields.indexOf('name')
  const counts: Record<string, number> = Object.create(null)
  for (let at = 0; at < nodes.length; at += fields.length) {
    const kind = types[0][nodes[at + type] ?? 0] ?? ''
    if (kind !== 'object' && kind !== 'closure') continue
    const key = `${kind} ${strings[nodes[at + name] ?? 0]}`
    counts[key] = (counts[key] ?? 0) + 1
  }
  return counts
}
