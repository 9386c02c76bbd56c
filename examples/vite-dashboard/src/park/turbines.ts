/** The turbines of the wind farm, row by row. */
export const TURBINES = [
  ...(['A1', 'A2', 'A3', 'A4'] as const),
  ...(['B1', 'B2', 'B3', 'B4'] as const),
  ...(['C1', 'C2', 'C3', 'C4'] as const),
  ...(['D1', 'D2', 'D3', 'D4'] as const),
] as const
export type Turbine = (typeof TURBINES)[number]

/** Vibration of a gearbox in mm/s from which on it is alarming, until somebody sets another limit. */
export const DEFAULT_LIMIT = 7.1
export const LOWEST_LIMIT = 4
export const HIGHEST_LIMIT = 11
