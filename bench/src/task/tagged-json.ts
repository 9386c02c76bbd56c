/**
 * What a person writes by hand to send Dates and Maps as JSON: a tag in a replacer, and a reviver that knows it.
 * The baseline of the workload with rich values; nothing else uses it.
 */
export function stringifyTagged(value: unknown): string {
  // `JSON.stringify` calls `toJSON` of a Date before the replacer, so the Date is read from its holder.
  return JSON.stringify(value, function (this: Record<string, unknown>, key, converted: unknown) {
    const raw = this[key]
    if (raw instanceof Date) return { $date: raw.getTime() }
    if (raw instanceof Map) return { $map: [...raw] }
    return converted
  })
}

export function parseTagged(text: string): unknown {
  return JSON.parse(text, (_key, value: unknown) => {
    if (typeof value !== 'object' || value === null) return value
    if ('$date' in value && typeof value.$date === 'number') return new Date(value.$date)
    if ('$map' in value && Array.isArray(value.$map)) return new Map(value.$map)
    return value
  })
}
