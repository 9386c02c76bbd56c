import { describe, expect, it } from 'vitest'
import { judgeImports } from './import-rules.mjs'

const reasons = (file: string, ...specifiers: string[]): string[] =>
  judgeImports(file, specifiers).map(({ reason }) => reason)

describe('import rules', () => {
  it('accepts the imports that the architecture is made of', () => {
    expect(reasons('packages/core/src/definition/router.ts', './procedure.js', '../error/error-code.js')).toEqual([])
    expect(reasons('packages/core/src/codec/superjson-instance.ts', 'superjson', './codec.js')).toEqual([])
    expect(reasons('packages/server/src/connection.ts', '@trunkline/core', '@trunkline/core/protocol')).toEqual([])
    expect(reasons('packages/server/src/transports/ws.ts', 'ws', '../transport.js')).toEqual([])
    expect(reasons('packages/server/src/create-server.ts', './transports/ws.js')).toEqual([])
    expect(reasons('packages/client/src/index.node.ts', './transports/websocket.node.js')).toEqual([])
    expect(reasons('packages/client/src/transports/websocket.node.ts', 'ws')).toEqual([])
    expect(reasons('tests/call.test.ts', '@trunkline/server', '@trunkline/client', 'ws')).toEqual([])
    expect(reasons('packages/server/src/connection.test.ts', 'ws', './transports/ws.js')).toEqual([])
  })

  it.each([
    ['core imports a built-in module', 'packages/core/src/clock.ts', 'node:timers', 'core is pure'],
    ['core imports a library', 'packages/core/src/definition/schema.ts', 'valibot', 'core is pure'],
    ['core imports superjson elsewhere', 'packages/core/src/codec/json.ts', 'superjson', 'superjson is imported in'],
    ['the server imports the client', 'packages/server/src/call.ts', '@trunkline/client', 'a cycle'],
    ['the client imports the server', 'packages/client/src/proxy.ts', '@trunkline/server', 'browser bundle'],
    ['the client imports a server entry', 'packages/client/src/proxy.ts', '@trunkline/server/x', 'browser bundle'],
    ['the client imports React', 'packages/client/src/proxy.ts', 'react', 'React binds'],
    [
      'the server imports ws in its core',
      'packages/server/src/connection.ts',
      'ws',
      'ws is imported by the transports',
    ],
    ['the server imports ws in another transport', 'packages/server/src/transports/memory.ts', 'ws', 'ws is imported'],
    ['the client imports ws in its core', 'packages/client/src/connection.ts', 'ws', 'ws is imported'],
    ['the client imports superjson', 'packages/client/src/index.ts', 'superjson', 'superjson is imported in'],
    ['a connection imports a transport', 'packages/server/src/connection.ts', './transports/ws.js', 'leaves'],
    ['a nested file imports a transport', 'packages/server/src/topics/hub.ts', '../transports/ws.js', 'leaves'],
    ['a package reaches into another', 'packages/server/src/call.ts', '../../core/src/index.js', 'by its name'],
    ['an example uses the inner protocol', 'examples/chat/src/server.ts', '@trunkline/core/protocol', 'apps use'],
  ])('refuses that %s', (_, file, specifier, reason) => {
    expect(reasons(file, specifier).join('\n')).toContain(reason)
  })
})
