import { callWorkload, greetChecked } from './call-load.js'

export const sequential = callWorkload(
  {
    name: 'sequential',
    title: 'sequential call',
    operation: 'a small call, the next one after its answer',
    figures: [
      { key: 'p50Us', label: 'p50 latency', unit: 'µs' },
      { key: 'cpuUs', label: 'server CPU per call', unit: 'µs' },
    ],
  },
  { connections: 1, inFlight: 1 },
  greetChecked,
)
