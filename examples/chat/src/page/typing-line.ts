import { el } from './dom.js'

const FORGET_AFTER_MS = 3_500

/** Says who is writing. Its height is reserved, so that coming and going moves nothing. */
export function createTypingLine(): { element: HTMLElement; set: (name: string, isTyping: boolean) => void } {
  const element = el('p', { className: 'typing', ariaLive: 'polite' })
  const timers = new Map<string, number>()

  const set = (name: string, isTyping: boolean): void => {
    clearTimeout(timers.get(name))
    timers.delete(name)
    if (isTyping) timers.set(name, setTimeout(() => set(name, false), FORGET_AFTER_MS) as unknown as number)
    const names = [...timers.keys()]
    element.textContent = names.length === 0 ? '' : `${names.join(', ')} ${names.length === 1 ? 'is' : 'are'} writing …`
  }
  return { element, set }
}
