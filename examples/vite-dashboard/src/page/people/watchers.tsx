import { hueOf } from './hue-of.js'
import type { Watcher } from './use-watchers.js'

/** How many are shown one by one. */
const SHOWN = 5

/** Who watches the farm, ourselves included. */
export function Watchers({ watchers, own }: { watchers: readonly Watcher[]; own: string }): React.ReactNode {
  const hidden = watchers.length - SHOWN
  return (
    <ul className="watchers" aria-label="Who is watching">
      {watchers.slice(0, SHOWN).map(({ name }) => (
        <li key={name}>
          <Badge name={name} label={name === own ? `${name} (you)` : name} />
        </li>
      ))}
      {hidden > 0 && <li className="faint">+{hidden}</li>}
    </ul>
  )
}

/** Somebody's initial, in their colour. */
export function Badge({ name, label = name }: { name: string; label?: string }): React.ReactNode {
  return (
    <span className="badge" role="img" aria-label={label} title={label} style={hueOf(name)}>
      {name.slice(0, 1)}
    </span>
  )
}
