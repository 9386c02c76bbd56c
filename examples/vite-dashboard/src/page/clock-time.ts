const clock = new Intl.DateTimeFormat(undefined, {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hour12: false,
})

/** A time of the day, to the second. */
export function clockTime(atMs: number): string {
  return clock.format(atMs)
}
