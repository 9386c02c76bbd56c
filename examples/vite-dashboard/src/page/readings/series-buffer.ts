/** Points that one curve can show: a minute, at 30 a second. */
const CAPACITY = 1_800

/**
 * The newest points of one curve, times and values apart as uPlot wants them.
 *
 * Memory that never grows: the arrays have twice the room, and when they are full the newer half moves to the front. What
 * is drawn is a view into them, so that a frame copies nothing.
 */
export class SeriesBuffer {
  readonly #seconds = new Float64Array(2 * CAPACITY)
  readonly #values = new Float64Array(2 * CAPACITY)
  #end = 0

  /** Appends a point; one that is not newer than the newest is left out. */
  append(seconds: number, value: number): void {
    if (this.#end > 0 && seconds <= (this.#seconds[this.#end - 1] ?? 0)) return
    if (this.#end === 2 * CAPACITY) {
      this.#seconds.copyWithin(0, CAPACITY)
      this.#values.copyWithin(0, CAPACITY)
      this.#end = CAPACITY
    }
    this.#seconds[this.#end] = seconds
    this.#values[this.#end] = value
    this.#end += 1
  }

  /** The points from `seconds` on, and the one before, so that the line enters at the edge. Valid until the next append. */
  since(seconds: number): [Float64Array, Float64Array] {
    let start = this.#end
    const oldest = Math.max(0, this.#end - CAPACITY)
    while (start > oldest && (this.#seconds[start - 1] ?? 0) >= seconds) start -= 1
    start = Math.max(oldest, start - 1)
    return [this.#seconds.subarray(start, this.#end), this.#values.subarray(start, this.#end)]
  }
}
