import { runScenario } from './scenario.js'

// What the test calls, in this page or in a worker of it.
Object.assign(globalThis, {
  runInPage: runScenario,
  runInWorker: (url: string, place: string) =>
    new Promise((resolve, reject) => {
      const worker = new Worker('/worker.js')
      worker.onmessage = ({ data }) => resolve(data)
      worker.onerror = ({ message }) => reject(new Error(message))
      worker.postMessage([url, place])
    }),
})
