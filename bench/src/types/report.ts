import type { TypesResult } from './measure.js'

/** Writes the table of one run, one row per library and size. */
export function typesToMarkdown(results: readonly TypesResult[], typescriptVersion: string, versions: string): string {
  const head = [
    'procedures',
    '',
    'instantiations',
    'above the floor',
    'per procedure',
    'check',
    'CPU, whole run',
    'memory',
    'client against declarations: instantiations',
    'check',
    'declarations',
  ]
  const rows = results.map((result) => {
    const { title, size, source, declarations, declarationKb, emitError } = result
    const floor = results.find((other) => other.library === 'floor' && other.size === size)
    const above = floor === undefined ? '' : thousands(source.instantiations - floor.source.instantiations)
    return [
      size.toLocaleString('en'),
      title,
      thousands(source.instantiations),
      above,
      Math.round(source.instantiations / size).toString(),
      `${source.checkSeconds.toFixed(2)} s`,
      `${source.cpuSeconds.toFixed(2)} s`,
      `${Math.round(source.memoryMb)} MB`,
      ...(declarations === undefined || declarationKb === undefined
        ? [`no: ${emitError}`, '', '']
        : [
            thousands(declarations.instantiations),
            `${declarations.checkSeconds.toFixed(2)} s`,
            `${Math.round(declarationKb)} kB`,
          ]),
    ]
  })
  const table = [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
  return [
    '# Cost of type checking',
    `Written by \`npm run bench:types\` with TypeScript ${typescriptVersion}, strict, \`skipLibCheck\`; ${versions}.`,
    'A generated router, ten procedures in each sub-router, five fields in each valibot input, outputs inferred, all in one',
    'module; a client that makes 50 calls. The floor is a typed helper of four lines over the same schemas.',
    '',
    table,
    '',
  ].join('\n')
}

function thousands(count: number): string {
  return `${(count / 1_000).toFixed(count < 100_000 ? 1 : 0)} k`
}
