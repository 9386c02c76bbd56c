/** The node of a path in a client's `api` or in a server's caller; of one client the same object each time. */
// biome-ignore lint/suspicious/noExplicitAny: it answers to every name, and which verbs it has the types of the path say
export function nodeAt(api: any, path: string): any {
  for (const name of path.split('.')) api = api[name]
  return api
}
