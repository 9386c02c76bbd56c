import { readFile } from 'node:fs/promises'
import { createClient } from '@trunkline/client'
import { CLOSE_CODE, ERROR_CODES, TrunklineError } from '@trunkline/core'
import type { ClientFrame, RawPayload, ServerFrame } from '@trunkline/core/protocol'
import * as protocol from '@trunkline/core/protocol'
import { writeClientFrame as write } from '@trunkline/core/protocol'
import { eventually, parseServerFrame, startRawServer } from '@trunkline/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

interface FrameVector {
  readonly name: string
  readonly clause: string
  readonly text: string
  /** What the text parses to; members that are absent are undefined. */
  readonly frame?: ClientFrame & ServerFrame
  /** Or how it is refused. */
  readonly bad?: { readonly id: number | null; readonly code: string }
  /** False where a sender would write the same frame in another way. Default true. */
  readonly canonical?: boolean
}

interface MessageVector {
  readonly name: string
  readonly clause: string
  readonly text?: string
  readonly hex?: string
  /** Text as pieces with how often each is repeated. */
  readonly parts?: readonly (readonly [text: string, times: number])[]
  /** What the message is taken apart into; attachments in hex. Of a long message only the count. */
  readonly elements?:
    | readonly { readonly value: unknown; readonly bytes?: readonly string[] }[]
    | { readonly count: number; readonly each?: unknown }
  /** Or the close code that it ends the connection with. */
  readonly close?: string
}

const page = await readFile(new URL('PROTOCOL.md', import.meta.url), 'utf8')
const clientVectors = await load<FrameVector>('client-frames')
const serverVectors = await load<FrameVector>('server-frames')
const messageVectors = await load<MessageVector>('messages')

describe('frames that a server receives', () => {
  test.each(clientVectors)('$clause $name', (vector) => {
    checkFrame(vector, protocol.parseClientFrame(JSON.parse(vector.text)), writeClientFrame)
  })
})

describe('frames that a client receives', () => {
  test.each(serverVectors)('$clause $name', (vector) => {
    checkFrame(vector, parseServerFrame(JSON.parse(vector.text)), writeServerFrame)
  })
})

// The client trusts the shape of its server's frames (P2.12), and survives what does not have it.
describe('frames that the client takes', () => {
  let server: Awaited<ReturnType<typeof startRawServer>>
  beforeAll(async () => {
    server = await startRawServer({ ignores: () => true })
  })
  afterAll(() => server.close())

  test.each(serverVectors)('$clause $name', async ({ text, frame }) => {
    const { connection } = createClient({ url: server.url })
    const connected = connection.connect()
    const peer = await server.accepts()
    peer.sends(serverVectors[0]?.text ?? '')
    await connected
    peer.sends(text)
    peer.sends({ ping: 0 })
    const end = await Promise.race([peer.closed, eventually(() => peer.messages.some(isPong), { message: 'A pong' })])
    if (frame !== undefined) expect(end).toBe(true)
    else if (end !== true) expect(end).toMatchObject({ code: CLOSE_CODE.BAD_MESSAGE })
    connection.close()
    await peer.closed
  })
})

function isPong(message: string | Uint8Array): boolean {
  return typeof message === 'string' && message.includes('{"pong":')
}

describe('messages', () => {
  test.each(messageVectors)('$clause $name', ({ text, hex, parts, elements, close }) => {
    const message =
      hex === undefined ? (text ?? parts?.map(([part, times]) => part.repeat(times)).join('') ?? '') : fromHex(hex)
    const taken: { value: unknown; bytes?: readonly string[] }[] = []
    const read = (): void =>
      protocol.readMessage(
        message,
        (value, bytes) => {
          taken.push(bytes === undefined ? { value } : { value, bytes: bytes.map(toHex) })
          return true
        },
        protocol.binaryFraming,
      )
    if (close !== undefined) {
      expect(read).toThrow(protocol.MessageError)
      expect(taken).toEqual([])
      return
    }
    read()
    if (elements === undefined || !('count' in elements)) {
      expect(taken).toEqual(elements)
      return
    }
    expect(taken).toHaveLength(elements.count)
    if (elements.each !== undefined) for (const { value } of taken) expect(value).toEqual(elements.each)
  })
})

// The page introduces a kind as the first member of a frame in code: `{"query":id,…}`.
test('every kind that the page names is in a vector', () => {
  const [sections = ''] = page.split('## 8. Close codes')
  const named = new Set([...sections.matchAll(/`\{"([a-z]+)":/g)].map(([, kind]) => kind))
  // Positions and `since` are written in the same way and are no frames.
  for (const member of ['epoch', 'last']) named.delete(member)
  const shown = [...clientVectors, ...serverVectors].flatMap(({ frame }) => (frame === undefined ? [] : [frame.kind]))
  expect([...named].filter((kind) => !shown.some((each) => each === kind))).toEqual([])
})

test.each([
  ['client', clientVectors],
  ['server', serverVectors],
])('every kind of a %s is in a vector that is taken and in one that is refused', (from, vectors) => {
  const taken = vectors.flatMap(({ frame }) => (frame === undefined ? [] : [frame.kind]))
  const refused = vectors.flatMap(({ text, bad }) => (bad === undefined ? [] : Object.keys(JSON.parse(text) ?? {})))
  // The table of section 2: a row for each side, a column of session frames and one of the others.
  const [row = ''] = page.match(new RegExp(`^\\| ${from} \\| .*$`, 'm')) ?? []
  const kinds = [...row.matchAll(/`([a-z]+)`/g)].map(([, kind]) => kind)
  expect(kinds.length).toBeGreaterThan(15)
  expect([...new Set<string>(taken)].sort()).toEqual([...kinds].sort())
  expect(kinds.filter((kind) => !refused.some((each) => each === kind))).toEqual([])
})

test('the table of kinds says which are numbered', () => {
  const [, sessionKinds = ''] = page.match(/^\| client \| (.*?) \| /m) ?? []
  for (const { frame } of clientVectors) {
    if (frame === undefined) continue
    expect([frame.kind, sessionKinds.includes(`\`${frame.kind}\``)]).toEqual([
      frame.kind,
      protocol.isClientSessionFrame(frame),
    ])
  }
})

test('every error code and every close code that is sent is in a vector', () => {
  const frames = serverVectors.flatMap(({ frame }) => (frame === undefined ? [] : [frame as ServerFrame]))
  const errors = frames.flatMap((frame) => (frame.kind === 'error' ? [frame.code] : []))
  expect(Object.keys(ERROR_CODES).filter((code) => !errors.includes(code))).toEqual([])
  const codes = frames.flatMap((frame) => (frame.kind === 'closing' ? [frame.code] : []))
  const sent = Object.values(CLOSE_CODE).filter((code) => code !== CLOSE_CODE.ABNORMAL)
  expect(sent.filter((code) => !codes.includes(code))).toEqual([])
})

test('vectors cite clauses that exist, and no two of a file have one name', () => {
  for (const vectors of [clientVectors, serverVectors, messageVectors]) {
    for (const { clause } of vectors) expect(page).toContain(`- **${clause}**`)
    expect(new Set(vectors.map(({ name }) => name)).size).toBe(vectors.length)
  }
})

function checkFrame(vector: FrameVector, parsed: ClientFrame | ServerFrame, write: (frame: never) => string): void {
  if (vector.frame === undefined) {
    expect(parsed).toMatchObject({ kind: 'bad', ...vector.bad })
    return
  }
  const { bytes } = parsed as Partial<RawPayload>
  expect(bytes === undefined ? parsed : { ...parsed, bytes: bytes.map(toHex) }).toEqual(vector.frame)
  // What was parsed is one of the frames of its direction, which is what `write` takes.
  if (vector.canonical !== false) expect(write(parsed as never)).toBe(vector.text)
}

function writeClientFrame(frame: ClientFrame): string {
  switch (frame.kind) {
    case 'hello':
      return write({ hello: frame.client, session: frame.session, received: frame.received, token: frame.token })
    case 'query':
    case 'mutate':
    case 'subscribe': {
      const { kind, id, path, timeoutMs, key, resend, keys, lastEventId, trace } = frame
      // The kind of a call is the name of its frame's first member.
      return write(
        { [kind]: id, path, timeoutMs, key, resend: resend || undefined, keys, lastEventId, trace } as never,
        payloadText(frame),
      )
    }
    case 'cancel':
      return write({ cancel: frame.id })
    case 'taken':
      return write({ taken: frame.id, n: frame.count })
    case 'publish': {
      const { id, topic, params, key } = frame
      return write({ publish: id, topic, params, key }, payloadText(frame))
    }
    case 'join':
      return write({ join: frame.id, topic: frame.topic, params: frame.params }, payloadText(frame))
    case 'update':
      return write({ update: frame.id, of: frame.of, revertAfterMs: frame.revertAfterMs }, payloadText(frame))
    case 'leave':
      return write({ leave: frame.id, of: frame.of })
    case 'watch':
      return write({ watch: frame.id, topic: frame.topic, params: frame.params })
    case 'failure':
      return write({ failure: frame.id, code: 'UNSUPPORTED' })
    case 'sub': {
      const { id, topic, params, since } = frame
      return write({ sub: id, topic, params, since: since === 'now' ? undefined : since })
    }
    case 'unsub':
      return write({ unsub: frame.id })
    case 'ping':
    case 'pong':
    case 'ack':
      return protocol.writeCount(frame.kind, frame.received)
    case 'bye':
      return write({ bye: true })
    case 'token':
      return write({ token: frame.token })
    default:
      throw new Error(`No function writes ${frame.kind}; mark its vectors as not canonical.`)
  }
}

function writeServerFrame(frame: ServerFrame): string {
  switch (frame.kind) {
    case 'welcome': {
      const { kind: _kind, ...welcome } = frame
      return protocol.writeWelcome(welcome, protocol.writeSettings(welcome))
    }
    case 'ok':
      return protocol.writeOk(frame.id, payloadText(frame))
    case 'error':
      return protocol.writeError(
        frame.id,
        new TrunklineError(frame.code, frame.message, { ...frame, data: undefined }),
        payloadText(frame),
      )
    case 'item':
      return protocol.writeItem(frame.id, payloadText(frame), frame.cursor)
    case 'end':
      return protocol.writeEnd(frame.id)
    case 'subbed': {
      const { position, behind, gap } = frame
      return protocol.writeSubbed(frame.id, frame.as, { position, behind, gap })
    }
    case 'event':
      return frame.key === undefined
        ? protocol.writeEvent(frame.as, frame.offset, frame.tag, payloadText(frame))
        : protocol.writeEntry(frame.as, frame.offset ?? 0, frame.key, frame.removed, payloadText(frame))
    case 'snapshot':
      return protocol.writeSnapshot(frame.as, frame.position, payloadText(frame))
    case 'gap':
      return protocol.writeGap(frame.as, frame.gap)
    case 'live':
    case 'behind':
      return protocol.writeLive(frame.kind, frame.as)
    case 'closed':
      return protocol.writeClosed(frame.id, new TrunklineError(frame.code, frame.message, { issues: frame.issues }))
    case 'stale':
      return protocol.writeStale(frame.stale)
    case 'watched': {
      const members = frame.members.map((member) => protocol.writeListed(member.identity, payloadText(member)))
      return protocol.writeWatched(frame.id, frame.as, frame.version, frame.count, members)
    }
    case 'member':
      return protocol.writeMember(frame.as, frame.version, frame.count, frame.identity, payloadText(frame))
    case 'left':
      return protocol.writeLeft(frame.as, frame.version, frame.count, frame.identity)
    case 'present':
      return protocol.writePresent(frame.as, frame.version, frame.count)
    case 'closing':
      return protocol.writeClosing(frame.code, frame.message, frame.retryAfterMs)
    case 'ping':
    case 'pong':
    case 'ack':
      return protocol.writeCount(frame.kind, frame.received)
    case 'token':
      return protocol.writeToken(frame.token)
    default:
      throw new Error(`No function writes ${frame.kind}; mark its vectors as not canonical.`)
  }
}

function payloadText({ data, meta }: Pick<RawPayload, 'data' | 'meta'>): string {
  const text = data === undefined ? '' : `,"data":${JSON.stringify(data)}`
  return meta === undefined ? text : `${text},"meta":${JSON.stringify(meta)}`
}

async function load<TVector>(name: string): Promise<readonly TVector[]> {
  const text = await readFile(new URL(`vectors/${name}.json`, import.meta.url), 'utf8')
  // The files are ours; a vector that does not have this shape fails its own test.
  return (JSON.parse(text) as { readonly vectors: readonly TVector[] }).vectors
}

function fromHex(hex: string): Uint8Array {
  return new Uint8Array(Buffer.from(hex, 'hex'))
}

function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}
