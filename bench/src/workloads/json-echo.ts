import { makeDocument } from '../task/documents.js'
import { checkEqual } from '../task/wrong-answer-error.js'
import { callWorkload } from './call-load.js'

const document = makeDocument()

export const jsonEcho = callWorkload(
  {
    name: 'json-echo',
    title: '64 kB JSON echo',
    operation: 'a call that sends a nested 64 kB document of plain JSON and gets it back',
    figures: [{ key: 'cpuUs', label: 'server CPU per call', unit: 'µs' }],
  },
  { connections: 1, inFlight: 1 },
  async (connection) => checkEqual(await connection.echo(document), document, 'JSON echo'),
)
