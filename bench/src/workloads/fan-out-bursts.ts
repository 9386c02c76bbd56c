import { fanOutWorkload } from './fan-out-load.js'

export const fanOutBursts = fanOutWorkload(
  {
    name: 'fan-out-bursts',
    title: 'fan-out to 500, bursts of 8',
    operation: 'one event to one of 500 subscribers, eight events in one turn of the event loop',
  },
  8,
  4,
)
