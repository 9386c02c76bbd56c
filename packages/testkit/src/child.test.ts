import { afterEach, describe, expect, test } from 'vitest'
import { type ChildHandle, startProcess } from './child.js'
import { eventually } from './eventually.js'

const fixture = new URL('./child-fixture.ts', import.meta.url)

describe('startProcess', () => {
  let child: ChildHandle | undefined

  afterEach(() => child?.stop())

  test('runs a TypeScript file as a process and asks it by name', async () => {
    child = await startProcess(fixture, ['given'], { env: { COLOUR: 'blue' } })
    expect(child.ready).toEqual({ mode: 'given' })
    expect(await child.request('double', 21)).toBe(42)
    expect(await child.request('echo', Uint8Array.of(1))).toEqual(Uint8Array.of(1))
    expect(await child.request('environment', 'COLOUR')).toBe('blue')
    await eventually(() => child?.output.includes('started'))
    await expect(child.request('throws')).rejects.toThrow('broken handler')
    await expect(child.request('nothing')).rejects.toThrow("does not answer 'nothing'")
    await expect(child.request('never', undefined, { timeoutMs: 5 })).rejects.toThrow('not answered within 5 ms')
  })

  test('freezes and thaws: a frozen process answers nothing, then everything', async () => {
    child = await startProcess(fixture)
    await child.freeze()
    let answered = false
    const answer = child.request('echo', 'late', { timeoutMs: 30_000 }).then((value) => {
      answered = true
      return value
    })
    // Another process, started and asked meanwhile, shows that the silence is not slowness.
    const other = await startProcess(fixture)
    expect(await other.request('echo', 'awake')).toBe('awake')
    await other.stop()
    expect(answered).toBe(false)
    child.thaw()
    expect(await answer).toBe('late')
  })

  test('ends a frozen process, more than once if asked, and fails what was still open', async () => {
    child = await startProcess(fixture)
    await child.freeze()
    const open = child.request('echo', 1).catch((error: Error) => error.message)
    await child.stop()
    await child.stop()
    expect(await child.exited).toEqual({ code: null, signal: 'SIGKILL' })
    expect(await open).toContain('The process ended (SIGKILL).')
    await expect(child.request('echo', 1)).rejects.toThrow('The process has ended.')
    const { pid } = child
    expect(() => process.kill(pid, 0)).toThrow('ESRCH')
  })

  test('tells how a process ended by itself', async () => {
    child = await startProcess(fixture)
    await expect(child.request('exit', 4)).rejects.toThrow('The process ended (4).')
    expect(await child.exited).toEqual({ code: 4, signal: null })
  })

  test('shows the output of a script that ends before it is ready', async () => {
    await expect(startProcess(fixture, ['fails'])).rejects.toThrow(/ended before\.\ncannot start/)
  })
})
