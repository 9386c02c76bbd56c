/**
 * What an editor shows of a router and its client: hovers, completion, where a name leads, and the first line of what is
 * said of a mistake. Asked of TypeScript's language service, as editors do.
 */
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { beforeAll, describe, expect, test } from 'vitest'

// `«name»` marks a place and is taken out before TypeScript sees the text.
const API = `
import { type InferRouter, trunkline } from '@trunkline/core'
import * as v from 'valibot'
export interface Context { user: string | undefined }
export const t = trunkline<Context>()
export const room = t.topic({
  params: v.object({ room: v.string() }),
  event: v.object({ text: v.string() }),
  delivery: 'log',
  presence: v.object({ name: v.string() }),
})
export const router = t.router({
  room,
  messages: {
    /** Sends a message to a room. */
    «send definition»send: t.procedure
      .input(v.object({ room: v.string() }))
      .errors({ MUTED: v.object({ untilMs: v.number() }), BANNED: null })
      .mutation(({ «errors»errors }) => ({ id: 1 })),
    ping: t.procedure.query(() => 'pong' as const),
  },
  ticks: t.procedure.input(v.object({ symbol: v.string() })).subscription(async function* () {
    yield 1
  }),
})
export const contract = t.procedure.output(v.number()).query()
export interface AppRouter extends InferRouter<typeof router> {}
`

const CLIENT = `
import { createClient, safe } from './index.js'
import type { AppRouter } from './api.js'
const { «api»api } = createClient<AppRouter>({ url: 'ws://x' })
const sent = api.messages.«send»send.«mutate»mutate({ room: 'a' })
void api.«paths»messages.«verbs»«ping»ping.«query»query(undefined, { «options»timeoutMs: 1 })
api.«room»room.subscribe({ room: 'a' }, { onEvent: () => {}, onGap: () => {} })
const «settled»settled = await safe(sent)
void settled
void api.ticks.subscribe({ «input»symbol: 'a' })
api.ticks.subscribe({ symbol: 'a' }, { «callbacks» })
`

const MISTAKES = `
import { trunkline } from '@trunkline/core'
import * as v from 'valibot'
import type { AppRouter } from './api.js'
import { t, contract } from './api.js'
import { createClient } from './index.js'
const { api } = createClient<AppRouter>({ url: 'ws://x' })
const untyped = createClient({ url: 'ws://x' }).api
void api.mesages
void api.messages.send.query
void api.messages.send.mutate({ room: 1 })
void api.messages.send.mutate({ rom: 'a' })
void api.room.query
void untyped.messages
t.procedure.errors({ TIMEOUT: null })
t.procedure.errors({ MUTED: v.object({ untilMs: v.number() }) }).query(({ errors }) => errors.MUTD)
t.topic({ event: v.string(), delivery: 'log', key: (event) => event })
t.procedure.output(v.number()).subscription(async function* () { yield 'a' })
t.procedure.use(({ next }) => next()).query(({ ctx }) => ctx.other)
trunkline().implement(trunkline().router({ nested: { contract } }), { nested: {} })
`

const folder = fileURLToPath(new URL('.', import.meta.url))
const files = new Map<string, { text: string; places: Map<string, number> }>()
let service: ts.LanguageService

beforeAll(() => {
  for (const [name, marked] of Object.entries({ 'api.ts': API, 'client.ts': CLIENT, 'mistakes.ts': MISTAKES })) {
    const places = new Map<string, number>()
    let text = ''
    for (const [index, part] of marked.split(/[«»]/).entries()) {
      if (index % 2 === 0) text += part
      else places.set(part, text.length)
    }
    files.set(folder + name, { text, places })
  }
  const config = ts.getParsedCommandLineOfConfigFile(
    fileURLToPath(new URL('../tsconfig.json', import.meta.url)),
    {},
    { ...ts.sys, onUnRecoverableConfigFileDiagnostic: ({ messageText }) => expect.unreachable(String(messageText)) },
  )
  service = ts.createLanguageService({
    getCurrentDirectory: () => folder,
    useCaseSensitiveFileNames: () => true,
    directoryExists: (path) => ts.sys.directoryExists(path),
    realpath: (path) => ts.sys.realpath?.(path) ?? path,
    getCompilationSettings: () => config?.options ?? {},
    getDefaultLibFileName: (options) => ts.getDefaultLibFilePath(options),
    getScriptFileNames: () => [...files.keys()],
    getScriptVersion: () => '1',
    getScriptSnapshot: (path) => {
      const text = files.get(path)?.text ?? ts.sys.readFile(path)
      return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text)
    },
    fileExists: (path) => files.has(path) || ts.sys.fileExists(path),
    readFile: (path) => files.get(path)?.text ?? ts.sys.readFile(path),
  })
  // The first question loads the whole program.
  service.getProgram()
}, 60_000)

function placeOf(file: string, name: string): number {
  return files.get(folder + file)?.places.get(name) ?? expect.unreachable(`no place ${name} in ${file}`)
}

/** What an editor shows over a name, on one line. */
function hover(file: string, name: string): { text: string; docs: string } {
  const info = service.getQuickInfoAtPosition(folder + file, placeOf(file, name))
  return {
    text: ts.displayPartsToString(info?.displayParts).replace(/\s+/g, ' '),
    docs: ts.displayPartsToString(info?.documentation),
  }
}

function completions(name: string): string[] {
  const found = service.getCompletionsAtPosition(`${folder}client.ts`, placeOf('client.ts', name), {})
  return (found?.entries ?? []).map((entry) => entry.name)
}

describe('hovers', { timeout: 30_000 }, () => {
  test('the client is called by the name of its router', () => {
    expect(hover('client.ts', 'api').text).toBe('const api: Client<AppRouter>')
  })

  test('a procedure shows its types, its errors as data, and what is written above its definition', () => {
    expect(hover('client.ts', 'send')).toEqual({
      text: '(property) send: ClientMutation<{ kind: "mutation"; input: { room: string; }; output: { id: number; }; errors: { MUTED: { untilMs: number; }; BANNED: undefined; }; }>',
      docs: 'Sends a message to a room.',
    })
    expect(hover('client.ts', 'ping').text).toBe('(property) ping: ClientQuery<{ kind: "query"; output: "pong"; }>')
  })

  test('a call says what it gives and what it can reject with', () => {
    expect(hover('client.ts', 'mutate').text).toMatch(
      /: CallPromise<{ id: number; }, (BuiltInError|TrunklineError<"MUTED", { untilMs: number; }>|TrunklineError<"BANNED", undefined>| \| )+>$/,
    )
    expect(hover('client.ts', 'query').text).toMatch(/: CallPromise<"pong", BuiltInError>$/)
    expect(hover('client.ts', 'settled').text).toMatch(/^const settled: Settled<{ id: number; }, /)
  })

  test('no schema shows in a topic, a handler or an outcome', () => {
    const texts = [hover('client.ts', 'room'), hover('api.ts', 'errors'), hover('client.ts', 'settled')].map(
      ({ text }) => text,
    )
    for (const text of texts) expect(text).not.toMatch(/Schema|Declared|OrError/)
    expect(texts[0]).toContain('params: { room: string; }; event: { text: string; }')
    expect(texts[1]).toContain('ErrorConstructors<{ MUTED: { untilMs: number; }; BANNED: undefined; }>')
  })
})

describe('completion and definitions', { timeout: 30_000 }, () => {
  test('paths, verbs and options are offered', () => {
    expect(completions('paths')).toEqual(['messages', 'room', 'ticks'])
    expect(completions('verbs')).toEqual(['ping', 'send'])
    expect(completions('query')).toContain('query')
    expect(completions('options')).toEqual(expect.arrayContaining(['signal', 'timeoutMs']))
  })

  test('a subscription offers its input and its callbacks, before it is known whether it is a loop', () => {
    expect(completions('input')).toEqual(['symbol'])
    expect(completions('callbacks')).toEqual(['onEnd', 'onError', 'onItem', 'onStatus', 'signal'])
  })

  test('a path of the client leads to the procedure in the router', () => {
    const [definition] = service.getDefinitionAtPosition(`${folder}client.ts`, placeOf('client.ts', 'send')) ?? []
    expect(definition?.fileName).toBe(`${folder}api.ts`)
    expect(definition?.textSpan.start).toBe(placeOf('api.ts', 'send definition'))
  })
})

describe('mistakes', { timeout: 60_000 }, () => {
  test('the examples have none', () => {
    for (const file of ['api.ts', 'client.ts']) {
      const found = service.getSemanticDiagnostics(folder + file).filter(({ code }) => code !== 6133)
      expect(found.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'))).toEqual([])
    }
  })

  test('are told at the wrong word, by a first line that says what is wrong', () => {
    const path = `${folder}mistakes.ts`
    const { text } = files.get(path) ?? expect.unreachable()
    const said = service.getSemanticDiagnostics(path).map(({ start = 0, length = 0, messageText }) => {
      const [first] = ts.flattenDiagnosticMessageText(messageText, '\n').split('\n')
      return `${text.slice(start, start + length)}: ${first}`
    })
    expect(said).toEqual([
      "mesages: Property 'mesages' does not exist on type 'Client<AppRouter>'. Did you mean 'messages'?",
      expect.stringMatching(
        /^query: Property 'query' does not exist on type 'ClientMutation<{ kind: "mutation"; input/,
      ),
      "room: Type 'number' is not assignable to type 'string'.",
      expect.stringMatching(/^rom: .* Did you mean to write 'room'\?$/),
      expect.stringMatching(
        /^query: Property 'query' does not exist on type 'ClientTopic<{ kind: "topic"; params: { room/,
      ),
      expect.stringMatching(/^messages: .*'"The type of the router is missing: write it between < and >/),
      "TIMEOUT: Type 'null' is not assignable to type '\"This code is built in: declare your own under another name.\"'.",
      "MUTD: Property 'MUTD' does not exist on type 'ErrorConstructors<{ MUTED: { untilMs: number; }; }>'. Did you mean 'MUTED'?",
      expect.stringMatching(/^key: .*"key is for latest topics\."'\.$/),
      expect.stringMatching(/AsyncIterable<number \| Tracked<number>>>'\.$/),
      "other: Property 'other' does not exist on type 'Context'.",
      expect.stringMatching(/^nested: Type '{}' is not assignable to type /),
    ])
  })
})
