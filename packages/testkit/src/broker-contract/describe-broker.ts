/**
 * The contract of a broker as tests: whatever passes can stand behind a server.
 *
 * Not tests of one broker: they use what the interface promises, and faults that the caller knows how to cause.
 * @see docs/guide/testing.md
 */
import type { BrokerUnderTest } from './broker-under-test.js'
import { type ContractOptions, type ContractTest, contractTopic, type TestRunner } from './contract-test.js'
import { failureContract } from './failure-contract.js'
import { listeningContract } from './listening-contract.js'
import { presenceContract } from './presence-contract.js'
import { publishingContract } from './publishing-contract.js'
import { readingContract } from './reading-contract.js'
import { tableContract } from './table-contract.js'

/**
 * Registers the tests that every broker must pass.
 *
 * @param runner - the functions of a test runner, as vitest has them.
 * @param createBroker - opens a broker for one test; it is closed afterwards, also twice.
 * @param options - what can be done to it; tests that need what is left out are not registered.
 */
export function describeBroker<TBroker extends BrokerUnderTest>(
  runner: TestRunner,
  name: string,
  createBroker: () => TBroker | Promise<TBroker>,
  options: ContractOptions<TBroker> = {},
): void {
  const { patienceMs = 10_000, lacks = [], ...faults } = options
  const check: ContractTest<TBroker> = (title, body) => {
    runner.test(title, async () => {
      const broker = await createBroker()
      try {
        await body(contractTopic(broker, { patienceMs }))
      } finally {
        await broker.close()
      }
    })
  }
  runner.describe(`broker contract: ${name}`, () => {
    runner.describe('publishing', () => publishingContract(runner, check, faults))
    runner.describe('reading', () => readingContract(runner, check, faults))
    runner.describe('listening', () => listeningContract(runner, check, faults))
    runner.describe('failing', () => failureContract(runner, check, faults))
    if (!lacks.includes('latest')) runner.describe('tables', () => tableContract(runner, check, faults))
    if (!lacks.includes('presence')) runner.describe('presence', () => presenceContract(runner, check, faults))
  })
}
