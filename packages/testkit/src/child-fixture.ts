// A script for child.test.ts. Its module graph is TypeScript with `.js` specifiers, as real ones are.
import { answerParent } from './child-side.js'

const [mode = 'ready'] = process.argv.slice(2)

if (mode === 'fails') {
  console.error('cannot start')
  process.exit(3)
}

answerParent(
  {
    echo: (value: unknown) => value,
    double: async (value: number) => value * 2,
    environment: (name: string) => process.env[name],
    throws: () => {
      throw new Error('broken handler')
    },
    never: () => new Promise(() => {}),
    exit: (code: number) => process.exit(code),
  },
  { mode },
)
console.log('started')
