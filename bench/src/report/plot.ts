import { parse, View } from 'vega'
import { compile, type TopLevelSpec } from 'vega-lite'
import { baselineName } from '../peers/index.js'
import type { Results } from './results.js'

/** Draws the ratios of the main figures, one row per workload and one dot per peer, as an SVG that needs no script. */
export async function plotRatios(results: Results): Promise<string> {
  const plotted = results.workloads.filter(({ absolute }) => !absolute)
  const values = plotted.flatMap((workload) =>
    workload.peers.flatMap(({ peer, figures }) => {
      const ratio = figures[workload.figures[0]?.key ?? '']?.ratio.median
      if (ratio === undefined || peer === baselineName) return []
      return [{ workload: workload.title, peer: titleOf(results, peer), ratio, ours: peer === 'trunkline' }]
    }),
  )
  const specification: TopLevelSpec = {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    title: { text: 'Cost against hand-written ws (1×), smaller is better', anchor: 'start', fontSize: 14 },
    background: 'white',
    padding: 12,
    width: 560,
    height: { step: 30 },
    config: { font: 'system-ui, sans-serif', view: { stroke: null } },
    data: { values },
    layer: [
      { mark: { type: 'rule', strokeWidth: 2, color: '#888' }, encoding: { x: { datum: 1 } } },
      {
        mark: { type: 'point', filled: true, opacity: 0.9 },
        encoding: {
          y: {
            field: 'workload',
            type: 'nominal',
            sort: plotted.map(({ title }) => title),
            title: null,
            axis: { grid: true, labelLimit: 300 },
          },
          x: {
            field: 'ratio',
            type: 'quantitative',
            scale: { type: 'log' },
            title: 'ratio to hand-written ws, logarithmic',
            axis: { format: '~g', tickCount: 6 },
          },
          color: {
            field: 'peer',
            type: 'nominal',
            title: null,
            sort: results.peers.map(({ title }) => title),
            scale: { scheme: 'tableau10' },
          },
          size: { condition: { test: 'datum.ours', value: 170 }, value: 60 },
          shape: { condition: { test: 'datum.ours', value: 'diamond' }, value: 'circle' },
        },
      },
    ],
  }
  return new View(parse(compile(specification).spec), { renderer: 'none' }).toSVG()
}

function titleOf({ peers }: Results, name: string): string {
  return peers.find((peer) => peer.name === name)?.title ?? name
}
