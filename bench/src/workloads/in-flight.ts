import { callWorkload, greetChecked } from './call-load.js'

export const inFlight = callWorkload(
  {
    name: 'in-flight',
    title: '64 calls in flight',
    operation: 'a small call, 64 of them open on one connection',
    figures: [{ key: 'cpuUs', label: 'server CPU per call', unit: 'µs' }],
  },
  { connections: 1, inFlight: 64 },
  greetChecked,
)
