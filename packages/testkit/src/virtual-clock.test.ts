import { describe, expect, test } from 'vitest'
import { createVirtualClock } from './virtual-clock.js'

describe('createVirtualClock', () => {
  test('runs a timer when its time has come, and not before', async () => {
    const clock = createVirtualClock({ startMs: 1_000 })
    const ranAtMs: number[] = []
    clock.schedule(() => ranAtMs.push(clock.now()), 50)
    await clock.advance(49)
    expect(ranAtMs).toEqual([])
    await clock.advance(1)
    expect(ranAtMs).toEqual([1_050])
    expect(clock.now()).toBe(1_050)
  })

  test('runs timers by due time, and equal ones in the order they were scheduled', async () => {
    const clock = createVirtualClock()
    const ran: string[] = []
    clock.schedule(() => ran.push('late'), 20)
    clock.schedule(() => ran.push('early'), 10)
    clock.schedule(() => ran.push('late too'), 20)
    await clock.advance(30)
    expect(ran).toEqual(['early', 'late', 'late too'])
  })

  test('never runs a cancelled timer; cancelling twice or too late does no harm', async () => {
    const clock = createVirtualClock()
    const ran: string[] = []
    const cancel = clock.schedule(() => ran.push('cancelled'), 10)
    const cancelLate = clock.schedule(() => ran.push('kept'), 10)
    cancel()
    cancel()
    await clock.advance(10)
    cancelLate()
    expect(ran).toEqual(['kept'])
  })

  test('lets promises, microtasks and immediates run between two timers', async () => {
    const clock = createVirtualClock()
    const ran: string[] = []
    clock.schedule(async () => {
      ran.push('first')
      await null
      queueMicrotask(() => setImmediate(() => ran.push('what the first one started')))
    }, 10)
    clock.schedule(() => ran.push('second'), 11)
    await clock.advance(20)
    expect(ran).toEqual(['first', 'what the first one started', 'second'])
  })

  test('runs timers that timers schedule, within the same advance', async () => {
    const clock = createVirtualClock()
    let beats = 0
    const beat = (): void => {
      beats++
      clock.schedule(beat, 100)
    }
    clock.schedule(beat, 100)
    await clock.advance(1_000)
    expect(beats).toBe(10)
  })

  test('lists what is pending, next first', async () => {
    const clock = createVirtualClock({ startMs: 0 })
    clock.schedule(() => {}, 30)
    clock.schedule(() => {}, 10)
    expect(clock.pending()).toEqual([
      { dueMs: 10, delayMs: 10 },
      { dueMs: 30, delayMs: 30 },
    ])
    await clock.runUntilIdle()
    expect(clock.pending()).toEqual([])
    expect(clock.now()).toBe(30)
  })

  test('gives up on timers that repeat for ever', async () => {
    const clock = createVirtualClock()
    const beat = (): void => void clock.schedule(beat, 1)
    beat()
    await expect(clock.runUntilIdle({ maxTimers: 100 })).rejects.toThrow('Still 1 timers after running 100.')
  })

  test('passes on what a callback throws', async () => {
    const clock = createVirtualClock()
    clock.schedule(() => {
      throw new Error('broken timer')
    }, 1)
    await expect(clock.advance(1)).rejects.toThrow('broken timer')
  })

  test('refuses to go back, to be advanced twice at once and to take NaN', async () => {
    const clock = createVirtualClock()
    await expect(clock.advance(-1)).rejects.toThrow(RangeError)
    const first = clock.advance(1)
    await expect(clock.advance(1)).rejects.toThrow('already being advanced')
    await first
    expect(() => clock.schedule(() => {}, Number.NaN)).toThrow(RangeError)
  })
})
