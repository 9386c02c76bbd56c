/** Draws one thing. */
export type Paint = () => void

/** Where somebody asked for less motion the curves advance in steps. */
const CALM_PAUSE_MS = 1_000
const calm = matchMedia('(prefers-reduced-motion: reduce)')

/**
 * Draws what changed, once per animation frame, however many updates came meanwhile.
 *
 * A hidden tab has no frames: then what is marked waits, and is drawn once when the tab is seen again.
 */
export class DrawLoop {
  /** Frames in which something was drawn. */
  frames = 0
  /** Things drawn. */
  paints = 0
  readonly #dirty = new Set<Paint>()
  #isScheduled = false
  #drawnAtMs = 0

  /** Draws in the next frame. */
  mark(paint: Paint): void {
    this.#dirty.add(paint)
    if (this.#isScheduled) return
    this.#isScheduled = true
    requestAnimationFrame(this.#draw)
  }

  /** Never draws it again, unless it is marked again. */
  forget(paint: Paint): void {
    this.#dirty.delete(paint)
  }

  readonly #draw = (nowMs: number): void => {
    if (calm.matches && nowMs - this.#drawnAtMs < CALM_PAUSE_MS) {
      requestAnimationFrame(this.#draw)
      return
    }
    this.#isScheduled = false
    this.#drawnAtMs = nowMs
    this.frames += 1
    this.paints += this.#dirty.size
    const paints = [...this.#dirty]
    this.#dirty.clear()
    for (const paint of paints) paint()
  }
}
