import { el } from './dom.js'

/** Says who is writing. Its height is reserved, so that coming and going moves nothing. */
export function createTypingLine(): { element: HTMLElement; show: (names: readonly string[]) => void } {
  const element = el('p', { className: 'typing', ariaLive: 'polite' })
  const show = (names: readonly string[]): void => {
    element.textContent = names.length === 0 ? '' : `${names.join(', ')} ${names.length === 1 ? 'is' : 'are'} writing …`
  }
  return { element, show }
}
