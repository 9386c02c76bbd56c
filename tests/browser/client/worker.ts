import { runScenario } from './scenario.js'

globalThis.onmessage = async ({ data: [url, place] }: MessageEvent<[string, string]>) => {
  globalThis.postMessage(await runScenario(url, place))
}
