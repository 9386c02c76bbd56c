import { fanOutWorkload } from './fan-out-load.js'

export const fanOut = fanOutWorkload(
  {
    name: 'fan-out',
    title: 'fan-out to 500, single',
    operation: 'one event to one of 500 subscribers, one event per turn',
  },
  1,
  20,
)
