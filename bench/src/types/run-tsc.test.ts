import { expect, test } from 'vitest'
import { parseDiagnostics } from './run-tsc.js'

test('reads the figures of --extendedDiagnostics', () => {
  const output = [
    'Types:             12345',
    'Instantiations:   678901',
    'Memory used:      204800K',
    'Check time:        2.50s',
    'CPU time: 3.75s',
  ].join('\n')
  expect(parseDiagnostics(output)).toEqual({
    instantiations: 678_901,
    types: 12_345,
    checkSeconds: 2.5,
    cpuSeconds: 3.75,
    memoryMb: 200,
  })
})

test('says which figure is missing', () => {
  expect(() => parseDiagnostics('Types: 1')).toThrow('tsc printed no Instantiations')
})
