export type {
  BrokerUnderTest,
  ContractEntry,
  ContractFrom,
  ContractListener,
  ContractPage,
  ContractRetention,
} from './broker-contract/broker-under-test.js'
export type { BrokerFaults, ContractOptions, TestRunner } from './broker-contract/contract-test.js'
export { describeBroker } from './broker-contract/describe-broker.js'
export type {
  ContractMember,
  ContractSet,
  ContractTable,
  ContractTableEntry,
  LatestUnderTest,
  PresenceUnderTest,
} from './broker-contract/stores-under-test.js'
export type { ChildHandle, StartProcessOptions } from './child.js'
export { startProcess } from './child.js'
export type { ParentHandler } from './child-side.js'
export { answerParent } from './child-side.js'
export type { Direction } from './direction.js'
export type { EventuallyOptions, Truthy } from './eventually.js'
export { eventually } from './eventually.js'
export type { CutOptions, FaultProxy, FaultProxyOptions } from './fault-proxy.js'
export { createFaultProxy } from './fault-proxy.js'
export type { Mismatch, Predicate } from './frame-matcher.js'
export { findMismatch } from './frame-matcher.js'
export type { CheckOptions } from './history-checker/check-history.js'
export { checkHistory } from './history-checker/check-history.js'
export type { Members, MembersRecorder } from './history-checker/check-presence.js'
export { checkPresence, checkStayed, createMembersRecorder } from './history-checker/check-presence.js'
export type { SequenceOptions, SequenceRecord } from './history-checker/check-sequence.js'
export { checkSequence } from './history-checker/check-sequence.js'
export type { CheckTableOptions, TableChange, TableTruth } from './history-checker/check-table.js'
export { checkTable } from './history-checker/check-table.js'
export type { Finding, FindingKind } from './history-checker/finding.js'
export { createReport, formatFindings, violationsOf } from './history-checker/finding.js'
export { readHistory } from './history-checker/read-history.js'
export type {
  Recorder,
  RecorderOptions,
  SeenPlace,
  SnapshotRecorder,
  SnapshotRecorderOptions,
} from './history-checker/recorder.js'
export { createRecorder, createSnapshotRecorder } from './history-checker/recorder.js'
export type { Sighting, SubscriberRecord } from './history-checker/sighting.js'
export type { HistoryEntry, TopicTruth } from './history-checker/topic-history.js'
export type { WatchedTruth, WatchTruthOptions } from './history-checker/watch-truth.js'
export { watchTruth } from './history-checker/watch-truth.js'
export type { LeakCheck, LeakCheckOptions } from './leak-check.js'
export { createLeakCheck } from './leak-check.js'
export type { Sent } from './memory-transport.js'
export { parseServerFrame } from './parse-server-frame.js'
export type { Random } from './random.js'
export { createRandom } from './random.js'
export type { RawPeer, RawPeerOptions } from './raw-peer.js'
export { connectRawPeer, HandshakeRefusedError } from './raw-peer.js'
export type { RawConnection, RawServer, RawServerOptions } from './raw-server.js'
export { startRawServer } from './raw-server.js'
export type { ReplayOptions, ReplayTarget, SessionScript, SessionSide, SessionStep } from './replay-session.js'
export { replaySession } from './replay-session.js'
export { testSeed } from './test-seed.js'
export type { TransportPair, TransportPairOptions } from './transport-pair.js'
export { createTransportPair } from './transport-pair.js'
export type { PendingTimer, VirtualClock, VirtualClockOptions } from './virtual-clock.js'
export { createVirtualClock } from './virtual-clock.js'
