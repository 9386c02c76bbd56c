/**
 * What is known of a Blob or File beside its bytes, and the way back.
 *
 * Not a reader: bytes of a Blob come asynchronously (write-payload.ts). Rule: core has no DOM types.
 */

/** What is read of a Blob or File. */
export interface BlobLike {
  readonly type: string
  readonly name?: string
  readonly lastModified?: number
  arrayBuffer(): Promise<ArrayBuffer>
}
declare const Blob: new (parts: Uint8Array[], options: object) => object
declare const File: new (parts: Uint8Array[], name: string, options: object) => object

/** `['Blob', type]` or `['File', type, name, lastModified]`. */
export function describeBlob({ type, name, lastModified }: BlobLike): unknown[] {
  return name === undefined ? ['Blob', type] : ['File', type, name, lastModified]
}

/** Builds the Blob or File that `details` describe; `undefined` when they are not of the form above. */
export function buildBlob(bytes: Uint8Array, [kind, type, name, lastModified]: readonly unknown[]): unknown {
  if (typeof type !== 'string') return undefined
  if (kind === 'Blob') return new Blob([bytes], { type })
  if (kind !== 'File' || typeof name !== 'string' || typeof lastModified !== 'number') return undefined
  return new File([bytes], name, { type, lastModified })
}
