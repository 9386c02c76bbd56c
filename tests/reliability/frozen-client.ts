/** A client in its own process, to be frozen. */
import { createClient } from '@trunkline/client'
import { answerParent } from '@trunkline/testkit'

const { connection } = createClient({ url: String(process.argv[2]) })
await connection.connect()
answerParent({})
