import * as v from 'valibot'

/** The input of the small call that most workloads make. */
export interface GreetInput {
  id: number
  name: string
}

/** The answer to the small call: derived from both fields, so that a mixed-up answer is noticed. */
export interface GreetOutput {
  id: number
  text: string
}

/** What the peers that check input check it against. The hand-written server checks nothing. */
export const greetInputSchema = v.object({ id: v.number(), name: v.string() })

/** The handler that every peer's server runs. */
export function greet(input: GreetInput): GreetOutput {
  return { id: input.id, text: `Hello, ${input.name}` }
}
