/**
 * Blobs and Files, which can be read only asynchronously, before a codec sees them.
 *
 * Not an encoder. Rule: core reads and builds them with what the platform has, and does not need it to have them.
 */
import { isPlainObject, tagOf } from './value-kind.js'

/** What is read of a Blob or File; core has no DOM types. */
interface BlobLike {
  readonly type: string
  readonly name?: string
  readonly lastModified?: number
  arrayBuffer(): Promise<ArrayBuffer>
}
declare const Blob: (new (parts: Uint8Array[], options: object) => object) | undefined
declare const File: (new (parts: Uint8Array[], name: string, options: object) => object) | undefined

/** A Blob or File that was read. Stands in for it on platforms without. */
export class BlobBytes {
  readonly bytes: Uint8Array
  /** `['Blob', type]` or `['File', type, name, lastModified]`. */
  readonly details: readonly unknown[]

  constructor(bytes: Uint8Array, details: readonly unknown[]) {
    this.bytes = bytes
    this.details = details
  }
}

/** Whether `value` is a Blob or a File, of this realm or another. */
export function isBlob(value: unknown): value is BlobLike {
  return /^(Blob|File)$/.test(tagOf(value))
}

/**
 * Reads every Blob and File of `value` and gives a copy that has their bytes, type and name instead.
 *
 * For a value whose `encode` threw an UnreadBlobError: it passed every other check. Looks into plain objects, arrays,
 * Maps and Sets, not into instances of other classes.
 *
 * @returns what a codec encodes and the other side decodes to real Blobs and Files.
 * @throws what `arrayBuffer()` of a Blob rejects with, such as for a file that changed since it was picked.
 */
export async function resolveBlobs(value: unknown): Promise<unknown> {
  if (isBlob(value)) {
    const { type, name, lastModified } = value
    const details = name === undefined ? ['Blob', type] : ['File', type, name, lastModified]
    return new BlobBytes(new Uint8Array(await value.arrayBuffer()), details)
  }
  if (Array.isArray(value)) return Promise.all(value.map(resolveBlobs))
  if (value instanceof Map) return new Map((await resolveBlobs([...value])) as [unknown, unknown][])
  if (value instanceof Set) return new Set((await resolveBlobs([...value])) as unknown[])
  if (!isPlainObject(value)) return value
  return Object.fromEntries((await resolveBlobs(Object.entries(value))) as [string, unknown][])
}

/** Builds the Blob or File that `details` describe; `undefined` when they are not of the form above. */
export function buildBlob(bytes: Uint8Array, details: readonly unknown[]): object | undefined {
  const [kind, type, name, lastModified] = details
  if (typeof type !== 'string') return undefined
  if (kind === 'Blob') return typeof Blob === 'function' ? new Blob([bytes], { type }) : new BlobBytes(bytes, details)
  if (kind !== 'File' || typeof name !== 'string' || typeof lastModified !== 'number') return undefined
  return typeof File === 'function' ? new File([bytes], name, { type, lastModified }) : new BlobBytes(bytes, details)
}
