/**
 * What clients ask of procedures, drawn from a seed: values only.
 */
import type { Random } from '@trunkline/testkit'

/** One call. */
export interface CallDraw {
  readonly of: 'get' | 'add' | 'once' | 'again'
  /** How long its handler works. */
  readonly takesMs: number
  readonly ends: 'ok' | 'refused' | 'threw'
  /** Whether its handler stops when nobody waits for it any more. */
  readonly heeds: boolean
  readonly inputSize: number
  readonly answerSize: number
  readonly timeoutMs: number
  readonly abortAfterMs: number | undefined
  /** Which key of the app's own an idempotent one has. */
  readonly key: number | undefined
  /** Index of the room in which its handler publishes, if that is a log. */
  readonly tells: number | undefined
}

/** One subscription of items. */
export interface StreamDraw {
  readonly isTracked: boolean
  readonly items: number
  readonly everyMs: number
  readonly size: number
  /** What its generator does after its items. */
  readonly ends: 'ends' | 'refused' | 'threw' | 'stays'
  /** Consumed by a loop, which takes so long for each item; else by callbacks. */
  readonly takesMs: number | undefined
}

export function drawCall(random: Random): CallDraw {
  const of = random.pick(['get', 'add', 'add', 'once', 'once', 'once', 'again'] as const)
  return {
    of,
    takesMs: random.chance(0.5) ? 0 : random.chance(0.9) ? random.int(1, 400) : random.int(400, 8_000),
    ends: random.chance(0.8) ? 'ok' : random.pick(['refused', 'threw']),
    heeds: random.chance(0.3),
    inputSize: random.chance(0.95) ? 0 : random.pick([2_000, 20_000, 100_000]),
    answerSize: random.chance(0.95) ? 0 : random.pick([2_000, 70_000, 150_000]),
    timeoutMs: random.chance(0.8) ? 20_000 : random.int(50, 3_000),
    abortAfterMs: random.chance(0.9) ? undefined : random.int(0, 1_000),
    key: of === 'once' && random.chance(0.3) ? random.int(1, 3) : undefined,
    tells: of !== 'get' && random.chance(0.3) ? random.int(0, 5) : undefined,
  }
}

export function drawStream(random: Random): StreamDraw {
  // Small and many, or large and few: a window is filled by the number of its items, or by their size.
  const isLarge = random.chance(0.1)
  const everyMs = random.chance(0.5) ? 0 : random.int(1, 300)
  return {
    isTracked: random.chance(0.5),
    items: everyMs > 0 || isLarge || random.chance(0.9) ? random.int(0, 20) : random.int(200, 600),
    everyMs,
    size: isLarge ? random.pick([5_000, 60_000]) : 0,
    ends: random.pick(['ends', 'stays', 'stays', 'refused', 'threw']),
    takesMs: random.chance(0.5) ? undefined : random.chance(0.7) ? 0 : random.int(1, 20),
  }
}
