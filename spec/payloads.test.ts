/** The payloads of `vectors/payloads.json`, read and written by the codec that servers and clients use (P2.13). */
import { readFile } from 'node:fs/promises'
import { superjsonCodec } from '@trunkline/core/superjson'
import { describe, expect, test } from 'vitest'

interface PayloadVector {
  readonly name: string
  readonly clause: string
  readonly data?: unknown
  readonly meta?: unknown
  /** In hex. */
  readonly attachments?: readonly string[]
  /** What they stand for, as spec/README.md says. */
  readonly value?: unknown
  readonly refused?: true
  /** False where a sender writes the same value in another way. Default true. */
  readonly written?: boolean
}

const page = await readFile(new URL('PROTOCOL.md', import.meta.url), 'utf8')
const file = await readFile(new URL('vectors/payloads.json', import.meta.url), 'utf8')
// The file is ours; a vector that does not have this shape fails its own test.
const { vectors } = JSON.parse(file) as { readonly vectors: readonly PayloadVector[] }
const codec = superjsonCodec()
const accepted = vectors.filter(({ refused }) => refused === undefined)

describe('payloads that are read', () => {
  test.each(accepted)('$clause $name', async (vector) => {
    expect(await describeValue(decode(vector))).toEqual(vector.value)
  })
})

describe('payloads that are written', () => {
  const writable = accepted.filter(({ written }) => written !== false)
  test.each(writable)('$clause $name', ({ value, data, meta, attachments = [] }) => {
    const encoded = codec.encode(makeValue(value))
    const { fragment, bytes } = typeof encoded === 'string' ? { fragment: encoded, bytes: [] } : encoded
    const sizes = attachments.map((hex) => hex.length / 2)
    expect(JSON.parse(`{${fragment.slice(1)}}`)).toEqual({
      ...(data !== undefined && { data }),
      ...(meta !== undefined && { meta }),
      ...(sizes.length > 0 && { bytes: sizes }),
    })
    expect(bytes.map(toHex)).toEqual(attachments)
  })
})

describe('payloads that are refused', () => {
  test.each(vectors.filter(({ refused }) => refused))('$clause $name', (vector) => {
    expect(() => decode(vector)).toThrow()
  })
})

test('payloads cite clauses that exist, and no two have one name', () => {
  for (const { clause } of vectors) expect(page).toContain(`- **${clause}**`)
  expect(new Set(vectors.map(({ name }) => name)).size).toBe(vectors.length)
})

test('every type that P2.13 names is read, written and refused in some form', () => {
  const types = ['undefined', 'bigint', 'number', 'Date', 'regexp', 'URL', 'set', 'map', 'Error']
  const [clause = ''] = page.split('- **P2.13**')[1]?.split('\n\n') ?? []
  for (const type of types) {
    expect(clause).toContain(`\`${type}\``)
    const having = vectors.filter(({ meta }) => JSON.stringify(meta ?? null).includes(`"values":["${type}"`))
    const isShown = (refused: boolean): boolean => having.some((vector) => (vector.refused ?? false) === refused)
    expect([type, isShown(true), isShown(false) || type === 'undefined']).toEqual([type, true, true])
  }
})

function decode({ data, meta, attachments = [] }: PayloadVector): unknown {
  // The codec builds in place, and a vector is read by several tests.
  const copy = structuredClone({ data, meta })
  return codec.decode(
    copy.data,
    copy.meta,
    attachments.map((hex) => new Uint8Array(Buffer.from(hex, 'hex'))),
  )
}

/** A value in the notation of spec/README.md. */
async function describeValue(value: unknown): Promise<unknown> {
  if (value === undefined) return { $undefined: true }
  if (typeof value === 'bigint') return { $bigint: String(value) }
  if (typeof value === 'number' && (!Number.isFinite(value) || Object.is(value, -0))) {
    return { $number: Object.is(value, -0) ? '-0' : String(value) }
  }
  if (typeof value !== 'object' || value === null) return value
  const all = (values: Iterable<unknown>): Promise<unknown[]> => Promise.all([...values].map(describeValue))
  if (value instanceof Date) return { $date: value.getTime() }
  if (value instanceof RegExp) return { $regexp: [value.source, value.flags] }
  if (value instanceof URL) return { $url: value.href }
  if (value instanceof Set) return { $set: await all(value) }
  if (value instanceof Map) return { $map: await all(value) }
  if (value instanceof Error) {
    const { name, message, cause } = value
    return { $error: { name, message, ...(cause !== undefined && { cause: await describeValue(cause) }) } }
  }
  if (value instanceof Uint8Array) return { $bytes: toHex(value) }
  if (value instanceof ArrayBuffer) return { $buffer: toHex(new Uint8Array(value)) }
  if (value instanceof Blob) {
    const bytes = toHex(new Uint8Array(await value.arrayBuffer()))
    if (!(value instanceof File)) return { $blob: { type: value.type, bytes } }
    return { $file: { type: value.type, name: value.name, lastModified: value.lastModified, bytes } }
  }
  if (Array.isArray(value)) return all(value)
  const entries = Object.entries(value).map(async ([key, each]) => [key, await describeValue(each)] as const)
  return Object.fromEntries(await Promise.all(entries))
}

const MAKERS: Readonly<Record<string, (what: never) => unknown>> = {
  $undefined: () => undefined,
  $bigint: (digits: string) => BigInt(digits),
  $number: (text: string) => Number(text),
  $date: (ms: number) => new Date(ms),
  $regexp: ([source, flags]: [string, string]) => new RegExp(source, flags),
  $url: (href: string) => new URL(href),
  $set: (values: unknown[]) => new Set(values.map(makeValue)),
  $map: (pairs: [unknown, unknown][]) => new Map(pairs.map(([key, value]) => [makeValue(key), makeValue(value)])),
  $error: ({ name, message, ...rest }: { name: string; message: string; cause?: unknown }) =>
    Object.assign(new Error(message, 'cause' in rest ? { cause: makeValue(rest.cause) } : {}), { name }),
  $bytes: (hex: string) => new Uint8Array(Buffer.from(hex, 'hex')),
  $buffer: (hex: string) => new Uint8Array(Buffer.from(hex, 'hex')).buffer,
}

/** The way back. */
function makeValue(described: unknown): unknown {
  if (typeof described !== 'object' || described === null) return described
  if (Array.isArray(described)) return described.map(makeValue)
  const [[key = '', what] = []] = Object.entries(described)
  const make = MAKERS[key]
  // A maker takes what stands under its own name.
  if (make !== undefined) return make(what as never)
  return Object.fromEntries(Object.entries(described).map(([name, value]) => [name, makeValue(value)]))
}

function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}
