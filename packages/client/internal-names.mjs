// Members that only this package sees: the build gives them names of a letter or two, a fortieth of what a browser
// downloads. A name that an app, another package or the platform knows must not stand here: scripts/check-packages.mjs
// holds the built declarations and the platform against this list, and talks through the built client.

export const INTERNAL_NAMES = [
  // link.ts: the connection for what rides on it, and the other way round
  'isOpen',
  'isReady',
  'messageLength',
  'nextId',
  'hasRoom',
  'keep',
  'post',
  'wake',
  'handlers',
  'pump',
  'opened',
  'detached',
  'renew',
  'expire',
  // connection.ts and its parts
  'acknowledge',
  'told',
  'flush',
  'rhythm',
  'receivedAt',
  'probe',
  'delayMs',
  'guard',
  // call.ts
  'isSent',
  'sentAt',
  'sentOn',
  'isResent',
  'deadline',
  'unlisten',
  'restart',
  // subscription.ts
  'onReady',
  'onDone',
  // wishes.ts, topic.ts, presence.ts
  'consumers',
  'retract',
  'answered',
  'numbered',
  'isFresh',
  'isWaiting',
  'shown',
  'memberNames',
  'othersAt',
]
