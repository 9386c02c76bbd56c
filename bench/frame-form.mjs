// Compares three ways to write a frame: what a small call and its answer take on the wire, what they cost to build and to
// read, and what is left of the difference when they travel 64 at a time over a loopback socket, the cheapest way there is.
// Plain Node, no dependency: `node bench/frame-form.mjs`. docs/decisions/001-frame-form.md holds a result.
//
// Not a benchmark of Trunkline. What must hold: every form says the same, is built by concatenation around a payload that
// is encoded already, and is read with JSON.parse and a switch, which is what the server does.

import { once } from 'node:events'
import net from 'node:net'

const INPUT = JSON.stringify({ room: 'general', text: 'hello' })
const OUTPUT = JSON.stringify({ id: 'm-1024', at: 1_700_000_000_000 })

/**
 * @typedef {any} Raw A frame after JSON.parse; each form knows what it wrote.
 *
 * @typedef {object} Form
 * @property {(id: number, path: string, payload: string) => string} call
 * @property {(id: number, payload: string) => string} answer
 * @property {(raw: Raw) => number} readCall gives something of everything it read, so that nothing is optimised away
 * @property {(raw: Raw) => number} readAnswer
 */

/** @type {Readonly<Record<string, Form>>} */
const FORMS = {
  'kind first      {"query":1,"path":"a.b","data":…}': {
    call: (id, path, payload) => `{"query":${id},"path":"${path}","data":${payload}}`,
    answer: (id, payload) => `{"ok":${id},"data":${payload}}`,
    readCall: (raw) => {
      for (const kind in raw) {
        switch (kind) {
          case 'query':
          case 'mutate':
          case 'subscribe':
            return raw[kind] + raw.path.length + raw.data.room.length
        }
      }
      return 0
    },
    readAnswer: (raw) => {
      for (const kind in raw) {
        switch (kind) {
          case 'ok':
            return raw[kind] + raw.data.id.length
        }
      }
      return 0
    },
  },
  'type and id     {"type":"query","id":1,"path":"a.b","data":…}': {
    call: (id, path, payload) => `{"type":"query","id":${id},"path":"${path}","data":${payload}}`,
    answer: (id, payload) => `{"type":"ok","id":${id},"data":${payload}}`,
    readCall: (raw) => {
      switch (raw.type) {
        case 'query':
        case 'mutate':
        case 'subscribe':
          return raw.id + raw.path.length + raw.data.room.length
      }
      return 0
    },
    readAnswer: (raw) => {
      switch (raw.type) {
        case 'ok':
          return raw.id + raw.data.id.length
      }
      return 0
    },
  },
  'by position     [1,1,"a.b",…]': {
    call: (id, path, payload) => `[1,${id},"${path}",${payload}]`,
    answer: (id, payload) => `[5,${id},${payload}]`,
    readCall: (raw) => {
      switch (raw[0]) {
        case 1:
        case 2:
        case 3:
          return raw[1] + raw[2].length + raw[3].room.length
      }
      return 0
    },
    readAnswer: (raw) => {
      switch (raw[0]) {
        case 5:
          return raw[1] + raw[2].id.length
      }
      return 0
    },
  },
}

const CALLS = 12_800
const BATCH = 64
const ROUNDS = 25
let sum = 0

/** Builds and reads calls and answers in memory.
 * @param {Form} form
 */
function inMemory(form) {
  for (let id = 1; id <= CALLS; id++) {
    sum += form.readCall(JSON.parse(form.call(id, 'messages.send', INPUT)))
    sum += form.readAnswer(JSON.parse(form.answer(id, OUTPUT)))
  }
}

/** The same with 64 calls a message, from one end of a loopback connection to the other and back.
 * @param {Form} form
 */
async function overSocket(form) {
  const server = net.createServer((socket) => {
    onLine(socket, (frames) => {
      const answers = frames.map((raw) => {
        sum += form.readCall(raw)
        return form.answer(1, OUTPUT)
      })
      socket.write(`[${answers.join()}]\n`)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = /** @type {net.AddressInfo} */ (server.address())
  const client = net.connect(port, '127.0.0.1')
  await new Promise((resolve) => {
    let sent = 0
    const send = () => {
      const calls = Array.from({ length: BATCH }, () => form.call(++sent, 'messages.send', INPUT))
      client.write(`[${calls.join()}]\n`)
    }
    onLine(client, (frames) => {
      for (const raw of frames) sum += form.readAnswer(raw)
      if (sent < CALLS) send()
      else resolve(undefined)
    })
    send()
  })
  client.destroy()
  server.close()
}

/** Calls back with every line of JSON.
 * @param {net.Socket} socket
 * @param {(frames: Raw[]) => void} take
 */
function onLine(socket, take) {
  let rest = ''
  socket.setEncoding('utf8').on('data', (chunk) => {
    rest += chunk
    if (!rest.endsWith('\n')) return
    const line = rest
    rest = ''
    take(JSON.parse(line))
  })
}

/** Median CPU nanoseconds of one call and its answer, by form.
 * @param {(form: Form) => void | Promise<void>} work
 */
async function measure(work) {
  /** @type {number[][]} */
  const costs = Object.values(FORMS).map(() => [])
  // Forms take turns, so that what else the machine does meets all of them alike; the first rounds warm up.
  for (let round = -5; round < ROUNDS; round++) {
    for (const [index, form] of Object.values(FORMS).entries()) {
      const started = process.cpuUsage()
      await work(form)
      const { user, system } = process.cpuUsage(started)
      if (round >= 0) costs[index]?.push(((user + system) * 1_000) / CALLS)
    }
  }
  return costs.map((values) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0)
}

const memory = await measure(inMemory)
const socket = await measure(overSocket)
console.log(`node ${process.version}, ${ROUNDS} rounds of ${CALLS} calls and answers (checksum ${sum})\n`)
console.log('call  answer  both   in memory     64 a message   form')
for (const [index, [name, form]] of Object.entries(FORMS).entries()) {
  const call = form.call(1_024, 'messages.send', INPUT).length
  const answer = form.answer(1_024, OUTPUT).length
  const bytes = [String(call).padStart(4), String(answer).padStart(6), String(call + answer).padStart(4)].join('  ')
  console.log(`${bytes}  ${costOf(memory, index)}  ${costOf(socket, index)}   ${name}`)
}

/** Nanoseconds, and how many times the first form's.
 * @param {number[]} costs
 * @param {number} index
 */
function costOf(costs, index) {
  const cost = costs[index] ?? 0
  return `${cost.toFixed(0).padStart(5)} ns ${(cost / (costs[0] ?? 0)).toFixed(2)}`
}
