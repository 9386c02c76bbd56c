import { useCallback, useState } from 'react'
import { TURBINES, type Turbine } from '../park/turbines.js'
import { AlarmList } from './alarms/alarm-list.js'
import { useAlarms } from './alarms/use-alarms.js'
import { ConnectionLight } from './connection/connection-light.js'
import { ConnectionPanel } from './connection/connection-panel.js'
import { useLimits } from './limits/use-limits.js'
import { ownName } from './people/own-name.js'
import { useWatchers } from './people/use-watchers.js'
import { Watchers } from './people/watchers.js'
import { readings } from './readings/park-readings.js'
import { Rates } from './readings/rates.js'
import { TurbineDetail } from './readings/turbine-detail.js'
import { TurbineTile } from './readings/turbine-tile.js'
import { ThemeButton } from './theme-button.js'
import { api } from './trunkline.js'

export function App(): React.ReactNode {
  const [selected, setSelected] = useState<Turbine>('A1')
  const select = useCallback((turbine: Turbine) => setSelected(turbine), [])
  const { status } = api.readings.useTopic({}, { onEvent: readings.take })
  const alarms = useAlarms()
  const limits = useLimits()
  const watchers = useWatchers(selected)
  const isStale = status === 'stale' || status === 'closed'

  const lookersAt = (turbine: Turbine): string =>
    watchers
      .filter(({ name, looksAt }) => looksAt === turbine && name !== ownName)
      .map(({ name }) => name)
      .join(', ')

  return (
    <div className="page">
      <header className="bar">
        <img src="/icon.svg" alt="" width="32" height="32" />
        <div className="title">
          <h1>Nordbank wind farm</h1>
          <p className="faint">Vibration of sixteen gearboxes</p>
        </div>
        <Rates />
        <Watchers watchers={watchers} own={ownName} />
        <ConnectionLight />
        <ThemeButton />
      </header>
      <main className="main" data-stale={isStale}>
        <TurbineDetail
          turbine={selected}
          limit={limits.of(selected)}
          problem={limits.problem}
          onSetLimit={limits.set}
        />
        <aside className="side">
          <ConnectionPanel status={alarms.status} outage={alarms.outage} onAttempt={alarms.noteAttempt} />
          <AlarmList
            log={alarms.log}
            isStale={alarms.status === 'stale'}
            onExpect={alarms.expect}
            onRefused={alarms.refuse}
            onSelect={select}
          />
        </aside>
        <ul className="tiles" aria-label="Turbines">
          {TURBINES.map((turbine) => (
            <li key={turbine}>
              <TurbineTile
                turbine={turbine}
                limit={limits.of(turbine).limit}
                isSelected={turbine === selected}
                lookers={lookersAt(turbine)}
                onSelect={select}
              />
            </li>
          ))}
        </ul>
      </main>
    </div>
  )
}
