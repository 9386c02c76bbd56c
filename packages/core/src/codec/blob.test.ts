import { expect, test, vi } from 'vitest'
import type { Codec, EncodedPayload } from './codec.js'
import { jsonBytesCodec } from './json-bytes.js'
import { UnreadBlobError } from './payload-error.js'
import { superjsonCodec } from './superjson.js'
import { receive } from './testing/through-wire.js'

const picture = (): File => new File(['abc'], 'a.png', { type: 'image/png', lastModified: 17 })

/** As a caller does it: what must be read first is read. */
async function encode(codec: Codec, value: unknown): Promise<EncodedPayload> {
  try {
    return codec.encode(value)
  } catch (error) {
    if (error instanceof UnreadBlobError) return error.read()
    throw error
  }
}

async function throughWire(codec: Codec, value: unknown): Promise<unknown> {
  const payload = await encode(codec, value)
  const { data, meta } = receive(payload)
  return codec.decode(data, meta, typeof payload === 'string' ? [] : payload.bytes)
}

test.each([jsonBytesCodec(), superjsonCodec()])(
  'the $name codec brings a File and a Blob back as what they were',
  async (codec) => {
    const value = { pictures: [picture()], note: new Blob(['x'], { type: 'text/plain' }), n: 1 }
    const back = (await throughWire(codec, value)) as typeof value
    const [file] = back.pictures
    expect(file).toBeInstanceOf(File)
    expect([file?.name, file?.type, file?.lastModified, await file?.text()]).toEqual(['a.png', 'image/png', 17, 'abc'])
    expect(back.note).toBeInstanceOf(Blob)
    expect([back.note.type, await back.note.text(), back.n]).toEqual(['text/plain', 'x', 1])
    expect(value.pictures[0]).toBeInstanceOf(File)
  },
)

test('finds Blobs in Maps, Sets and instances, and one in two places', async () => {
  class Upload {
    readonly file = picture()
  }
  const blob = new Blob(['x'])
  const value = new Map<string, unknown>([['files', new Set([new Upload(), blob, { blob }])]])
  const back = (await throughWire(superjsonCodec(), value)) as typeof value
  const [upload, first, second] = back.get('files') as Set<unknown>
  expect(await (upload as Upload).file.text()).toBe('abc')
  expect(await (first as Blob).text()).toBe('x')
  expect(await (second as { blob: Blob }).blob.text()).toBe('x')
})

test.each([jsonBytesCodec(), superjsonCodec()])(
  'the $name codec asks for Blobs to be read when nothing else is wrong',
  (codec) => {
    expect(() => codec.encode({ a: new Blob([]), b: 1 })).toThrow(UnreadBlobError)
    expect(() => codec.encode({ a: new Blob([]), b: () => 1 })).not.toThrow(UnreadBlobError)
    expect(() => codec.encode({ a: new Blob([]), b: () => 1 })).toThrow('b: expected')
  },
)

test('rejects with what reading a Blob rejects with', async () => {
  const gone = new Blob([])
  vi.spyOn(gone, 'arrayBuffer').mockRejectedValue(new Error('the file was moved'))
  await expect(encode(superjsonCodec(), [gone])).rejects.toThrow('the file was moved')
})
