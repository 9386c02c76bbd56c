import { makeBytes } from '../task/documents.js'
import { WrongAnswerError } from '../task/wrong-answer-error.js'
import { callWorkload } from './call-load.js'

const bytes = makeBytes(1_000_000)

export const bytesEcho = callWorkload(
  {
    name: 'bytes-echo',
    title: '1 MB bytes echo',
    operation: 'a call that sends 1 MB of bytes and gets them back',
    needs: 'bytes',
    figures: [{ key: 'cpuUs', label: 'server CPU per call', unit: 'µs' }],
  },
  { connections: 1, inFlight: 1 },
  async (connection) => {
    const answer = await connection.echoBytes(bytes)
    if (Buffer.compare(answer, bytes) !== 0)
      throw new WrongAnswerError(`bytes echo: ${answer.length} other bytes came back`)
  },
)
