import type { Step } from './schedule.js'
import type { World } from './world.js'

/** The item at an index that counts modulo the length. */
function at<TItem>(items: readonly TItem[], index: number): TItem | undefined {
  return items[index % Math.max(1, items.length)]
}

const OF_APPS: ReadonlySet<Step['kind']> = new Set([
  'subscribe',
  'unsubscribe',
  'show',
  'show-briefly',
  'leave',
  'watch',
  'reload',
  'reconnect',
  'goodbye',
  'call',
  'stream',
  'end-stream',
])

/** Lets a step happen; what it leads to takes time. */
export function runStep(step: Step, world: World): void {
  const isAsleep = 'client' in step && at(world.clients, step.client)?.clock.isAsleep
  // On a machine that sleeps no app does anything; networks and servers go on.
  if (isAsleep && OF_APPS.has(step.kind)) return
  switch (step.kind) {
    case 'publish':
      return publish(step, world)
    case 'subscribe': {
      const room = at(world.rooms, step.room) ?? ''
      const since = typeof step.since === 'number' ? { last: step.since } : step.since
      return at(world.clients, step.client)?.subscribe(room, since)
    }
    case 'show':
      return at(world.clients, step.client)?.presence.show(at(world.rooms, step.room) ?? '', step.n)
    case 'show-briefly':
      return at(world.clients, step.client)?.presence.showBriefly(
        at(world.rooms, step.room) ?? '',
        step.n,
        step.revertAfterMs,
      )
    case 'expel':
    case 'admit': {
      const identity = at(world.clients, step.client)?.identity ?? ''
      return world.admit(identity, at(world.rooms, step.room) ?? '', step.kind === 'admit')
    }
    case 'leave':
      return at(world.clients, step.client)?.presence.leave(at(world.rooms, step.room) ?? '')
    case 'watch':
      return at(world.clients, step.client)?.presence.watch(at(world.rooms, step.room) ?? '')
    case 'unsubscribe':
      return at(world.clients, step.client)?.unsubscribe(step.which)
    case 'call':
      for (const call of step.calls) at(world.clients, step.client)?.calls.make(call)
      return
    case 'stream':
      return at(world.clients, step.client)?.streams.start(step.draw)
    case 'end-stream':
      return at(world.clients, step.client)?.streams.end(step.which)
    case 'sleep':
      return at(world.clients, step.client)?.sleep(step.ms)
    case 'goodbye':
      return at(world.clients, step.client)?.goodbye(step.ms, step.calls)
    case 'shut-door':
    case 'slow-door':
      return at(world.nodes, step.node)?.spoilDoor(
        { isShut: step.kind === 'shut-door', slowMs: step.kind === 'slow-door' ? step.ms : 0 },
        step.kind === 'slow-door' ? 5_000 : step.ms,
      )
    case 'reload':
      return at(world.clients, step.client)?.reload()
    case 'reconnect':
      return at(world.clients, step.client)?.connection.reconnect()
    case 'drop':
      return at(world.clients, step.client)?.pair?.drop()
    case 'half-open':
      return at(world.clients, step.client)?.pair?.halfOpen()
    case 'cut-after':
      return at(world.clients, step.client)?.pair?.cutAfterMessages(step.messages, step.direction)
    case 'stall':
      return at(world.clients, step.client)?.pair?.stall(step.direction)
    case 'fill':
      return at(world.clients, step.client)?.pair?.pretendBuffered(200_000, 'toClient')
    case 'mend-socket':
      return mendSockets(at(world.clients, step.client)?.pairs)
    case 'kill':
      return at(world.nodes, step.node)?.kill()
    case 'stop':
      return void at(world.nodes, step.node)?.stop()
    case 'start':
      return void at(world.nodes, step.node)?.start()
    case 'crash':
      return world.store.crash(step.downMs)
    case 'lose-tail':
      return void world.store.loseTail(world.topicOf(at(world.rooms, step.room) ?? ''), step.count)
    case 'spoil-link':
      return at(world.brokers, step.node)?.spoil(step.faults)
    case 'mend-link':
      return at(world.brokers, step.node)?.mend()
  }
}

/** Ends every fault. Sockets that are half-open stay so: their ends find out. */
export function heal(world: World): void {
  world.isHealed = true
  for (const client of world.clients) mendSockets(client.pairs)
  for (const client of world.clients) {
    client.wake()
    client.comeBack()
  }
  for (const node of world.nodes) {
    node.start()
    node.openDoor()
  }
  void world.store.restart()
  for (const broker of world.brokers) broker.mend()
  for (const { identity } of world.clients) for (const room of world.rooms) world.admit(identity, room, true)
}

function mendSockets(pairs: World['clients'][number]['pairs'] = []): void {
  for (const pair of pairs) {
    pair.resume()
    for (const direction of ['toServer', 'toClient'] as const)
      pair.cutAfterMessages(Number.POSITIVE_INFINITY, direction)
    pair.pretendBuffered(0, 'toClient')
  }
}

function publish(step: Step & { readonly kind: 'publish' }, world: World): void {
  const room = at(world.rooms, step.room) ?? ''
  for (let count = 0; count < step.count; count++) {
    const client = at(world.clients, step.who)
    // What an app stores before it publishes it cannot come from a client.
    const isFromClient =
      step.via === 'client' && client !== undefined && !client.clock.isAsleep && world.kindOf(room) !== 'list'
    const node = step.via === 'outside' ? undefined : at(world.nodes, step.who)
    if (isFromClient) world.publishFrom(client, room, step.size, step.hasBytes)
    else {
      const wave = step.isEphemeral && world.kindOf(room) === 'log'
      world.publish(room, node, step.size, { wave, bytes: step.hasBytes })
    }
  }
}
