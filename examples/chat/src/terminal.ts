/**
 * The chat in a terminal: npm run chat -- --name Ada
 */
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { safe } from '@trunkline/client'
import type { Message } from './api.js'
import { connect, type RoomEvent } from './connect.js'
import { enterRoom, type Visitor } from './enter-room.js'
import { followRoom } from './follow-room.js'

const { values } = parseArgs({
  options: {
    name: { type: 'string', default: '' },
    room: { type: 'string', default: 'general' },
    url: { type: 'string', default: 'ws://localhost:3000/trunkline' },
  },
})
const { room, url } = values
const name = values.name.trim()
if (name === '') stop('Say who you are: npm run chat -- --name Ada')

const chat = connect(url, name)
const { api, connection } = chat
const input = createInterface({
  input: process.stdin,
  output: process.stdout,
  prompt: process.stdout.isTTY ? '> ' : '',
})
/** What was said; a message's number on the screen is its place here, from 1. */
const messages: Message[] = []
let visitors: readonly Visitor[] = []
let isLive = false

function stop(line: string): never {
  console.error(line)
  process.exit(1)
}

/** Prints above the line that is being written. What others wrote moves no cursor and makes no line of its own. */
function print(line: string): void {
  if (process.stdout.isTTY) process.stdout.write('\r\x1b[K')
  console.log(line.replaceAll(/\p{Cc}+/gu, ' '))
  input.prompt(true)
}

function show(event: RoomEvent): void {
  switch (event.type) {
    case 'message': {
      const { from, text, replyTo } = event.message
      const quoted = messages.findIndex(({ id }) => id === replyTo) + 1
      const number = messages.push(event.message)
      print(`[${number}] ${from}${quoted > 0 ? ` (to ${quoted})` : ''}: ${text}`)
      return tellSeen()
    }
    case 'read': {
      const number = messages.findIndex(({ id }) => id === event.messageId) + 1
      if (event.by !== name && messages[number - 1]?.from === name) print(`    ${event.by} has seen [${number}]`)
    }
  }
}

function tellSeen(): void {
  const newest = messages.at(-1)
  if (!isLive || newest === undefined || newest.from === name) return
  api.messages.seen.mutate({ room, messageId: newest.id }).catch(() => undefined)
}

async function say(text: string, replyTo?: string): Promise<void> {
  const { error } = await safe(api.messages.send.mutate({ room, text, replyTo }))
  if (error?.code === 'TOO_FAST') print(`    Slow down: again in ${error.data.retryInMs} ms.`)
  else if (error !== undefined) print(`    Not sent (${error.fate}): ${error.message}`)
}

async function obey(line: string): Promise<void> {
  const [command, number, ...words] = line.split(' ')
  if (command === '/leave') return input.close()
  if (command === '/who') return print(`    Here: ${visitors.map((each) => each.name).join(', ')}`)
  if (command === '/reply') {
    const answered = messages[Number(number) - 1]
    return answered === undefined ? print(`    There is no message ${number}.`) : say(words.join(' '), answered.id)
  }
  if (line.startsWith('/')) return print('    Commands: /reply 1 some text, /who, /leave')
  if (line !== '') await say(line)
  input.prompt()
}

connection.on('changed', ({ state, message, attempt }) => {
  if (state === 'closed' && message) stop(message)
  if (state === 'reconnecting' && attempt === 1) print('    The connection is away; trying again.')
})
followRoom(chat, room, {
  onEvent: show,
  onGap: (sentence) => print(`    ${sentence}.`),
  onLive: (live) => {
    isLive = live
    tellSeen()
  },
})
enterRoom(chat, room, name, {
  onVisitors: (now) => {
    visitors = now
  },
  onNotice: (sentence) => print(`    ${sentence}`),
})
input.on('line', (line) => void obey(line.trim()).catch((error: Error) => print(`    ${error.message}`)))
input.on('close', () => {
  connection.close()
  // Nothing is read any more, but an open pipe would keep the process alive.
  process.stdin.destroy()
})
console.log(`You are ${name} in ${room}. Write, or use /reply 1 some text, /who, /leave.`)
