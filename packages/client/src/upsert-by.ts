/**
 * Makes a function that puts an item into a list: in the place of the one with the same key, else at the end. The list
 * stays as it is; putting the same item twice is putting it once.
 */
export function upsertBy<TItem>(key: (item: TItem) => unknown): (list: readonly TItem[], item: TItem) => TItem[] {
  return (list, item) => {
    const index = list.findIndex((each) => key(each) === key(item))
    return index < 0 ? [...list, item] : list.map((each, at) => (at === index ? item : each))
  }
}
