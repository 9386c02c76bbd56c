import { expect, test, vi } from 'vitest'
import { WebSocket as WsWebSocket } from 'ws'
import { nodeWebSocket } from './node.js'

test('takes the global WebSocket where there is one, else that of ws', () => {
  vi.stubGlobal('WebSocket', undefined)
  expect(nodeWebSocket()).toBe(WsWebSocket)
  class Global {}
  vi.stubGlobal('WebSocket', Global)
  expect(nodeWebSocket()).toBe(Global)
})
