// What core's types and functions may name of the platform: things that browsers and Node both have and that are
// values or pure functions. Everything else (timers, sockets, `process`) does not compile here.
interface AbortSignal {
  readonly aborted: boolean
  readonly reason: unknown
}
