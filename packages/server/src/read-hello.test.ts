import { expect, test } from 'vitest'
import { readHello } from './read-hello.js'

const HELLO = { hello: 'test/1', session: 'x'.repeat(22) }

test('reads a hello', () => {
  expect(readHello(JSON.stringify({ ...HELLO, token: 'abc' }))).toMatchObject({
    kind: 'hello',
    client: 'test/1',
    session: HELLO.session,
    received: undefined,
    token: 'abc',
  })
})

test.each([
  ['another frame', JSON.stringify({ ping: 0 }), 'The first frame must be hello, but is ping.'],
  ['a frame that breaks the protocol', JSON.stringify({ hello: 7 }), 'In hello: `hello` must be text'],
  ['no JSON', 'hello', 'The message is not JSON.'],
  ['bytes', new Uint8Array(4), 'The codec carries no bytes.'],
  ['frames behind it', JSON.stringify([HELLO, { ping: 0 }]), 'hello is a message of its own'],
  ['more than 8,192 bytes', JSON.stringify({ ...HELLO, token: 'x'.repeat(8_192) }), 'hello is longer than 8192 bytes.'],
])('says in a sentence what is wrong with %s', (_, message, sentence) => {
  expect(readHello(message)).toContain(sentence)
})
