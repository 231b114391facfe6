export { renderErrorReference } from './error-reference.ts';
export { DEFAULT_LIMITS, type Limit, type Limits } from './limits.ts';
export type { CatalogInForce, HttpDependencies, HttpMetrics, Readiness } from './port.ts';
export { createHttpServer } from './server.ts';
export type { HttpServer } from './server-type.ts';
