/**
 * Schemas of any library that speaks Standard Schema.
 *
 * Not a validator of our own. Rule: only the members below are touched, so that comparing a schema with this
 * interface stays cheap for the type checker.
 * @see https://standardschema.dev
 */
import { type Issue, TrunklineError } from '../error/trunkline-error.js'

// What is told of a wrong input (P5.2): an answer may not be a hundred times what was asked.
const MAX_ISSUES = 100
/** UTF-16 units of all messages and paths; the first issue is always told. */
const MAX_ISSUES_LENGTH = 16_384
/** UTF-16 units of one message or key. */
const MAX_ISSUE_TEXT_LENGTH = 1_000

/** What Trunkline needs of a Standard Schema. */
export interface Schema {
  readonly '~standard': {
    readonly validate: (value: unknown) => SchemaResult | Promise<SchemaResult>
    readonly types?: { readonly input: unknown; readonly output: unknown } | undefined
  }
}

/** What a schema answers: a value, or what is wrong. */
export interface SchemaResult {
  readonly value?: unknown
  readonly issues?: readonly SchemaIssue[] | undefined
}

interface SchemaIssue {
  readonly message: string
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined
}

/** The type that a caller passes to a schema. */
export type SchemaInput<TSchema extends Schema> = NonNullable<TSchema['~standard']['types']>['input']
/** The type that comes out of a schema. */
export type SchemaOutput<TSchema extends Schema> = NonNullable<TSchema['~standard']['types']>['output']

/** Whether `value` looks like a Standard Schema. */
export function isSchema(value: unknown): value is Schema {
  return (
    ((typeof value === 'object' && value !== null) || typeof value === 'function') &&
    '~standard' in value &&
    typeof value['~standard'] === 'object' &&
    value['~standard'] !== null &&
    'validate' in value['~standard'] &&
    typeof value['~standard'].validate === 'function'
  )
}

/**
 * Checks `value`; gives the parsed value, or a promise of it where the schema is asynchronous.
 *
 * @param what - names the value in the message, e.g. `input of messages.send`.
 * @throws TrunklineError `INVALID_INPUT` with the schema's issues.
 */
export function validate(schema: Schema, value: unknown, what: string): unknown {
  const result = schema['~standard'].validate(value)
  // Standard Schema leaves it to the schema whether the answer is a promise. A promise of another realm or library is
  // one too: taken for a result it would have no issues, and everything would pass.
  return isThenable(result) ? Promise.resolve(result).then((settled) => take(settled, what)) : take(result, what)
}

function isThenable(result: SchemaResult | Promise<SchemaResult>): result is Promise<SchemaResult> {
  return 'then' in result && typeof result.then === 'function'
}

function take(result: SchemaResult, what: string): unknown {
  if (result.issues === undefined) return result.value
  const issues = listIssues(result.issues)
  const first = issues[0]
  const place = first?.path?.length ? ` at ${first.path.join('.')}` : ''
  const more = result.issues.length > 1 ? ` (and ${result.issues.length - 1} more)` : ''
  throw new TrunklineError('INVALID_INPUT', `${what}${place}: ${first?.message ?? 'not valid'}${more}`, { issues })
}

/** As many as fit: schemas find one at each place, name the whole path and quote what they found there. */
function listIssues(found: readonly SchemaIssue[]): Issue[] {
  const issues: Issue[] = []
  let left = MAX_ISSUES_LENGTH
  for (const each of found.slice(0, MAX_ISSUES)) {
    const issue = toIssue(each)
    left -= issue.message.length
    for (const key of issue.path ?? []) left -= String(key).length
    if (left < 0 && issues.length > 0) break
    issues.push(issue)
  }
  return issues
}

function toIssue({ message, path }: SchemaIssue): Issue {
  if (path === undefined) return { message: shorten(message) }
  return {
    message: shorten(message),
    path: path.map((part) => {
      const key = typeof part === 'object' ? part.key : part
      return typeof key === 'number' ? key : shorten(String(key))
    }),
  }
}

function shorten(text: string): string {
  return text.length > MAX_ISSUE_TEXT_LENGTH ? `${text.slice(0, MAX_ISSUE_TEXT_LENGTH - 1)}…` : text
}
