import type { Workload } from '../harness/workload.js'
import { bytesEcho } from './bytes-echo.js'
import { connect } from './connect.js'
import { fanOut } from './fan-out.js'
import { fanOutBursts } from './fan-out-bursts.js'
import { idle } from './idle.js'
import { inFlight } from './in-flight.js'
import { jsonEcho } from './json-echo.js'
import { manyClients } from './many-clients.js'
import { resume } from './resume.js'
import { richEcho } from './rich-echo.js'
import { sequential } from './sequential.js'
import { stoppedReader } from './stopped-reader.js'
import { stream } from './stream.js'

/** All workloads with a server and a client, in the order of the tables. */
export const workloads: readonly Workload[] = [
  sequential,
  inFlight,
  manyClients,
  fanOut,
  fanOutBursts,
  stream,
  jsonEcho,
  bytesEcho,
  richEcho,
  connect,
  resume,
  idle,
  stoppedReader,
]

export function findWorkload(name: string): Workload {
  const found = workloads.find((workload) => workload.name === name)
  if (found === undefined)
    throw new Error(`no workload ${name}; there are: ${workloads.map((one) => one.name).join(', ')}`)
  return found
}
