import { Fragment, type ReactNode } from 'react'

/** How many are named; of the others it says how many. */
const NAMED = 3

/** Names in a sentence. Each is written in its own direction, and moves no comma of the others. */
export function Names({ of }: { of: readonly string[] }): ReactNode {
  const named = of.length <= NAMED + 1 ? of : of.slice(0, NAMED)
  return (
    <span title={named === of ? undefined : of.join(', ')}>
      {named.map((name, index) => (
        <Fragment key={name}>
          {index > 0 ? ', ' : null}
          <bdi>{name}</bdi>
        </Fragment>
      ))}
      {named === of ? null : ` and ${of.length - NAMED} others`}
    </span>
  )
}
