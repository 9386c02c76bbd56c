/** The process of one variant's server: `serve.ts trpc`, on the port in `PORT`. */
import { answerParent } from '@trunkline/testkit'

await import(`../${process.argv[2]}/server.js`)

answerParent({})
