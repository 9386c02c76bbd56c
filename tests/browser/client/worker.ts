import { runScenario } from './scenario.js'

globalThis.onmessage = ({ data: [url, place] }: MessageEvent<[string, string]>) => {
  runScenario(url, place).then(
    (report) => globalThis.postMessage(report),
    // Thrown outside of the promise, so that the page hears of it.
    (error: unknown) =>
      setTimeout(() => {
        throw error
      }),
  )
}
