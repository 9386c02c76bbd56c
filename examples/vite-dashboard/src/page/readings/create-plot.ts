import uPlot from 'uplot'
import { HIGHEST_LIMIT } from '../../park/turbines.js'
import { clockTime } from '../clock-time.js'
import { currentPalette } from './palette.js'

/** What the curve of a gearbox shows. */
export interface PlotOptions {
  /** Seconds from the left edge to the right one. */
  readonly seconds: number
  /** With axes and a pointer; without, it is a sparkline. */
  readonly isLarge: boolean
  /** The limit now, in mm/s. */
  readonly limit: () => number
}

/** All charts have one scale, so that they can be compared at a glance. */
const SCALE: uPlot.Range.MinMax = [0, HIGHEST_LIMIT + 1]
/** Between readings that are further apart, nobody knows what happened, and no line is drawn. */
const HOLE_S = 1

/** Makes the chart of one gearbox in `element`, at its size. */
export function createPlot(element: HTMLElement, options: PlotOptions): uPlot {
  const { isLarge, limit } = options
  const axis = { stroke: () => currentPalette().text, font: '12px system-ui, sans-serif' }
  const grid = { stroke: () => currentPalette().grid, width: 1 }
  return new uPlot(
    {
      ...sizeOf(element),
      legend: { show: false },
      cursor: { show: isLarge, y: false, points: { show: false }, drag: { setScale: false, x: false } },
      padding: isLarge ? [8, 8, 0, 0] : [2, 0, 2, 0],
      scales: { x: { time: true }, y: { range: SCALE } },
      axes: [
        {
          ...axis,
          show: isLarge,
          grid,
          ticks: { show: false },
          space: 80,
          size: 26,
          values: (_plot, splits) => splits.map((seconds) => clockTime(seconds * 1_000)),
        },
        { ...axis, show: isLarge, grid, ticks: { show: false }, size: 34 },
      ],
      series: [
        {},
        {
          width: isLarge ? 1.75 : 1.25,
          points: { show: false },
          stroke: (plot) => colourByLimit(plot, limit(), currentPalette().line, currentPalette().over),
          fill: (plot) => colourByLimit(plot, limit(), currentPalette().fill, currentPalette().overFill),
          gaps: addHoles,
        },
      ],
      hooks: { draw: [(plot) => drawLimit(plot, limit())] },
    },
    [[], []],
    element,
  )
}

/** The size that a chart in `element` has. */
export function sizeOf(element: HTMLElement): { width: number; height: number } {
  return { width: Math.max(1, element.clientWidth), height: Math.max(1, element.clientHeight) }
}

/** One colour up to the limit and another one beyond it. */
function colourByLimit(plot: uPlot, limit: number, below: string, beyond: string): CanvasGradient | string {
  const { top, height } = plot.bbox
  const share = (plot.valToPos(limit, 'y', true) - top) / height
  // Before the first drawing there is no scale.
  if (!(share >= 0 && share <= 1)) return below
  const gradient = plot.ctx.createLinearGradient(0, top, 0, top + height)
  gradient.addColorStop(0, beyond)
  gradient.addColorStop(share, beyond)
  gradient.addColorStop(share, below)
  gradient.addColorStop(1, below)
  return gradient
}

function addHoles(
  plot: uPlot,
  _series: number,
  first: number,
  last: number,
  gaps: uPlot.Series.Gaps,
): uPlot.Series.Gaps {
  const [seconds] = plot.data
  for (let index = first + 1; index <= last; index++) {
    const before = seconds[index - 1] ?? 0
    const after = seconds[index] ?? 0
    if (after - before <= HOLE_S) continue
    uPlot.addGap(gaps, Math.round(plot.valToPos(before, 'x', true)), Math.round(plot.valToPos(after, 'x', true)))
  }
  return gaps
}

function drawLimit(plot: uPlot, limit: number): void {
  const { ctx, bbox } = plot
  const y = Math.round(plot.valToPos(limit, 'y', true)) + 0.5
  ctx.save()
  ctx.strokeStyle = currentPalette().limit
  ctx.lineWidth = devicePixelRatio
  ctx.setLineDash([4 * devicePixelRatio, 4 * devicePixelRatio])
  ctx.beginPath()
  ctx.moveTo(bbox.left, y)
  ctx.lineTo(bbox.left + bbox.width, y)
  ctx.stroke()
  ctx.restore()
}
