export { superjsonInstanceCodec } from './codec/superjson-instance.js'
