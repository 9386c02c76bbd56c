/**
 * Bytes inside a payload: how they become attachments and values again. Both codecs share it.
 *
 * Not the binary message around them (attachments.ts). In `data` stands the attachment's index with what else is known of
 * it: `[0]` for a Uint8Array, `[0,"ArrayBuffer"]`, `[0,"File","image/png","a.png",17]`. `meta.bytes` lists the paths.
 * Rule: an attachment belongs to one place of the payload; one that is named twice is refused, so that a small message
 * cannot become many large values.
 */
import { type BlobLike, buildBlob, describeBlob } from './blob.js'
import { demand } from './demand.js'

/** Keys from the root of `data` to a place, as it travels: a Map is an array of pairs. */
export type Path = readonly string[]

/** The bytes of one payload, found while it is made plain. */
export interface Found {
  readonly bytes: Uint8Array[]
  /** Where they stood, as it travels. */
  readonly paths: Path[]
  /** Blobs and Files with their bytes, undefined as long as those were not read. */
  readonly blobs: Map<BlobLike, Uint8Array | undefined>
}

/** Whether what the platform calls a value travels as an attachment; a Node Buffer is a `Uint8Array`. */
export function isBytes(kind: string): boolean {
  return /^(Uint8Array|ArrayBuffer|Blob|File)$/.test(kind)
}

/** Adds bytes of a `kind` to those found and gives what stands in `data` in their place. */
export function packBytes(value: unknown, kind: string, path: Path, { bytes, paths, blobs }: Found): unknown[] {
  const attach = (view: Uint8Array, ...details: unknown[]): unknown[] => {
    paths.push(path)
    return [bytes.push(view) - 1, ...details]
  }
  // What each kind says, of this realm or another.
  if (kind === 'Uint8Array') return attach(value as Uint8Array)
  if (kind === 'ArrayBuffer') return attach(new Uint8Array(value as ArrayBuffer), kind)
  const blob = value as BlobLike
  const read = blobs.get(blob)
  if (read) return attach(read, ...describeBlob(blob))
  blobs.set(blob, undefined)
  return []
}

/**
 * Puts attachments into `root`, the object around `data`.
 *
 * A Uint8Array is a view on the message, everything else is a copy.
 *
 * @param paths - `meta.bytes` as it came.
 * @throws whatever, when a path leads nowhere or an attachment is missing, taken or described wrongly.
 */
export function placeBytes(root: object, paths: unknown, bytes: readonly Uint8Array[]): void {
  const left: (Uint8Array | undefined)[] = [...bytes]
  // Anything but an array of arrays throws here; the caller makes a PayloadError of it.
  for (const path of paths as Path[]) {
    let parent = root as Record<string, unknown>
    let last = ''
    for (const key of path) {
      // What is no object has no own member of that name, or one that is not of the form below.
      parent = parent[last] as Record<string, unknown>
      last = key
      demand(Object.hasOwn(parent, last))
    }
    parent[last] = unpack(parent[last], left)
  }
}

function unpack(packed: unknown, left: (Uint8Array | undefined)[]): unknown {
  demand(Array.isArray(packed))
  const [index, ...details] = packed as unknown[]
  const view = left[index as number]
  demand(ArrayBuffer.isView(view))
  left[index as number] = undefined
  if (details.length === 0) return view
  if (details[0] === 'ArrayBuffer') return new Uint8Array(view).buffer
  const blob = buildBlob(view, details)
  demand(blob)
  return blob
}
