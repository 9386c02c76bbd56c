import type { Server } from '@trunkline/server'
import { alarms, limits, readings } from '../api.js'
import type { ControlRoom } from './control-room.js'
import type { WindPark } from './wind-park.js'

/** 50 times a second, sixteen sensors: 800 readings a second. */
const READ_EVERY_MS = 20

/** Publishes what the sensors say, and the alarms that follow from it, until the returned function is called. */
export async function runPark(
  { publish }: Pick<Server, 'publish'>,
  room: ControlRoom,
  farm: WindPark,
): Promise<() => void> {
  for (const limit of room.limits) await publish(limits, {}, limit)
  const read = (): void => {
    for (const reading of farm.read(Date.now())) {
      // Not awaited: one topic keeps the order of its publishes, and the broker is in this process.
      void publish(readings, {}, reading)
      const alarm = room.watch(reading)
      if (alarm !== undefined) void publish(alarms, {}, { type: 'raised', alarm })
    }
  }
  read()
  const timer = setInterval(read, READ_EVERY_MS)
  return () => clearInterval(timer)
}
