export type { SuperjsonCodecOptions } from './codec/superjson.js'
export { superjsonCodec } from './codec/superjson.js'
