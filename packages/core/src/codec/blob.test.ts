import { expect, test, vi } from 'vitest'
import { resolveBlobs } from './blob.js'
import { jsonCodec } from './json.js'
import { jsonBytes } from './json-bytes.js'
import { UnreadBlobError } from './payload-error.js'
import { superjsonCodec } from './superjson.js'
import { throughWire } from './testing/through-wire.js'

const picture = (): File => new File(['abc'], 'a.png', { type: 'image/png', lastModified: 17 })

test.each([jsonCodec({ bytes: jsonBytes }), superjsonCodec()])(
  'the $name codec brings a File and a Blob back as what they were',
  async (codec) => {
    const value = { pictures: [picture()], note: new Blob(['x'], { type: 'text/plain' }), n: 1 }
    const back = throughWire(codec, await resolveBlobs(value)) as typeof value
    const [file] = back.pictures
    expect(file).toBeInstanceOf(File)
    expect([file?.name, file?.type, file?.lastModified, await file?.text()]).toEqual(['a.png', 'image/png', 17, 'abc'])
    expect(back.note).toBeInstanceOf(Blob)
    expect([back.note.type, await back.note.text(), back.n]).toEqual(['text/plain', 'x', 1])
  },
)

test('finds Blobs in Maps and Sets', async () => {
  const value = new Map([['files', new Set([picture()])]])
  const back = throughWire(superjsonCodec(), await resolveBlobs(value)) as typeof value
  expect(await [...(back.get('files') ?? [])][0]?.text()).toBe('abc')
})

test.each([jsonCodec({ bytes: jsonBytes }), superjsonCodec()])(
  'the $name codec asks for Blobs to be read, when nothing else is wrong',
  (codec) => {
    expect(() => codec.encode({ a: new Blob([]), b: 1 })).toThrow(UnreadBlobError)
    expect(() => codec.encode({ a: new Blob([]), b: () => 1 })).not.toThrow(UnreadBlobError)
    expect(() => codec.encode({ a: new Blob([]), b: () => 1 })).toThrow('b: expected')
  },
)

test('leaves the value as it was, and other instances where they are', async () => {
  const date = new Date()
  const value = { file: picture(), date }
  const resolved = (await resolveBlobs(value)) as typeof value
  expect(value.file).toBeInstanceOf(File)
  expect(resolved.date).toBe(date)
})

test('rejects with what reading a Blob rejects with', async () => {
  const gone = new Blob([])
  vi.spyOn(gone, 'arrayBuffer').mockRejectedValue(new Error('the file was moved'))
  await expect(resolveBlobs([gone])).rejects.toThrow('the file was moved')
})

test('gives the bytes with what is known of them where the platform has no Blob', async () => {
  const resolved = await resolveBlobs([picture(), new Blob(['x'])])
  vi.stubGlobal('Blob', undefined)
  vi.stubGlobal('File', undefined)
  expect(throughWire(jsonCodec({ bytes: jsonBytes }), resolved)).toEqual([
    { bytes: new Uint8Array([97, 98, 99]), details: ['File', 'image/png', 'a.png', 17] },
    { bytes: new Uint8Array([120]), details: ['Blob', ''] },
  ])
})
