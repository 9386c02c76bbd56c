import { makeRichDocument } from '../task/documents.js'
import { checkEqual } from '../task/wrong-answer-error.js'
import { callWorkload } from './call-load.js'

const document = makeRichDocument()

export const richEcho = callWorkload(
  {
    name: 'rich-echo',
    title: 'Dates and Maps echo',
    operation: 'a call that sends 100 records with 200 Dates and 200 Maps and gets them back',
    needs: 'rich',
    figures: [{ key: 'cpuUs', label: 'server CPU per call', unit: 'µs' }],
  },
  { connections: 1, inFlight: 1 },
  async (connection) => checkEqual(await connection.echoRich(document), document, 'rich echo'),
)
