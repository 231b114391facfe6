export type { Limit, Limits } from './limits.ts';
export type { CatalogInForce, HttpDependencies, HttpMetrics, Readiness } from './port.ts';
export { createHttpServer } from './server.ts';
export type { HttpServer } from './server-type.ts';
