import { baselineName } from '../peers/index.js'
import type { PeerResult, Results, WorkloadResult } from './results.js'

/** Writes the results as the page that a reader of the repository sees. */
export function toMarkdown(results: Results): string {
  return `${[
    '# Benchmark results',
    introduction(results),
    ...(results.workloads.length === 0 ? [] : [ratioTable(results), figureTables(results)]),
    ...(results.bundleSizes.length === 0 ? [] : [bundleTable(results)]),
    peerTable(results),
  ].join('\n\n')}\n`
}

function introduction({ date, machine, rounds, seconds }: Results): string {
  return [
    `Written by \`npm run bench\` on ${date.slice(0, 10)}: ${machine.cpu}, ${machine.cores} cores, ${machine.memoryGb} GB, ${machine.system}, Node ${machine.node}; ${rounds} rounds in ${Math.round(seconds)} s.`,
    '',
    'Server and client run in separate processes on this machine. Rounds are interleaved; a ratio is to hand-written `ws` in the',
    'same round; a cell is the median and, in brackets, the lowest and highest of the rounds. Every answer is checked.',
    'Smaller is better everywhere.',
  ].join('\n')
}

function ratioTable(results: Results): string {
  const rows = results.workloads
    .filter(({ absolute }) => !absolute)
    .map((workload) => {
      const [main] = workload.figures
      return [
        `${workload.title}, ${main?.label}`,
        ...peersOf(results).map((name) => {
          const result = peerOf(workload, name)
          if (result?.no !== undefined) return 'no'
          const ratio = result?.figures[main?.key ?? '']?.ratio
          if (ratio === undefined) return ''
          return name === baselineName ? '1.00×' : `${cell(ratio.median)}× (${cell(ratio.min)}–${cell(ratio.max)})`
        }),
      ]
    })
  return `## Ratios to hand-written \`ws\`\n\n${table(['', ...titlesOf(results)], rows)}`
}

function figureTables(results: Results): string {
  const rows = results.workloads.flatMap((workload) =>
    workload.figures.map((figure) => [
      `${workload.title}, ${figure.label}`,
      ...peersOf(results).map((name) => {
        const result = peerOf(workload, name)
        if (result?.no !== undefined) return `no: ${result.no}`
        const value = result?.figures[figure.key]
        return value === undefined ? '' : `${cell(value.median)} ${figure.unit} (${cell(value.min)}–${cell(value.max)})`
      }),
    ]),
  )
  const operations = results.workloads.map(({ title, operation }) => `- **${title}**: ${operation}.`)
  return `## Figures\n\n${table(['', ...titlesOf(results)], rows)}\n\n${operations.join('\n')}`
}

function bundleTable({ bundleSizes }: Results): string {
  const rows = bundleSizes.map(({ title, gzipBytes, minifiedBytes }) => [
    title,
    `${cell(gzipBytes / 1_000)} kB`,
    `${cell(minifiedBytes / 1_000)} kB`,
  ])
  return `## Browser clients\n\nBundled and minified by esbuild with all that they import, then gzip -9.\n\n${table(['', 'gzip', 'minified'], rows)}`
}

function peerTable({ peers }: Results): string {
  const rows = peers.map(({ title, versions, validates, settings }) => [
    title,
    Object.entries(versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(', '),
    validates ? 'yes' : 'no',
    settings ?? '',
  ])
  return `## Peers\n\n${table(['', 'versions', 'checks input', 'set otherwise than by default'], rows)}`
}

function peersOf({ peers }: Results): string[] {
  return peers.map(({ name }) => name)
}

function titlesOf({ peers }: Results): string[] {
  return peers.map(({ title }) => title)
}

function peerOf(workload: WorkloadResult, name: string): PeerResult | undefined {
  return workload.peers.find(({ peer }) => peer === name)
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map((_, index) => (index === 0 ? '---' : '---:')), ...rows]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n')
}

/** Three significant digits, and no more than two decimals. */
function cell(value: number): string {
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2
  return value.toFixed(digits)
}
