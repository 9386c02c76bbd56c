/** Makes an element. Text goes in as text nodes only, so nothing that people write becomes markup. */
export function el<TTag extends keyof HTMLElementTagNameMap>(
  tag: TTag,
  properties: Partial<HTMLElementTagNameMap[TTag]> = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[TTag] {
  const element = Object.assign(document.createElement(tag), properties)
  element.append(...children)
  return element
}

/** A round badge with the first letter of a name, in a colour made of the name. The name itself stands beside it. */
export function avatar(name: string): HTMLElement {
  const badge = el(
    'span',
    { className: 'avatar', title: name, ariaHidden: 'true' },
    ([...name][0] ?? '?').toUpperCase(),
  )
  let hue = 0
  for (const char of name) hue = (hue * 31 + char.charCodeAt(0)) % 360
  badge.style.setProperty('--hue', String(hue))
  return badge
}
