import { callWorkload, greetChecked } from './call-load.js'

export const manyClients = callWorkload(
  {
    name: 'many-clients',
    title: '50 clients × 8 in flight',
    operation: 'a small call, 8 of them open on each of 50 connections',
    figures: [{ key: 'cpuUs', label: 'server CPU per call', unit: 'µs' }],
  },
  { connections: 50, inFlight: 8 },
  greetChecked,
)
