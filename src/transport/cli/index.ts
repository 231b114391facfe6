export { CommandFailed } from './output.ts';
export type { CliApp, CliHost, HealthFacts, Started } from './port.ts';
export { createProgram } from './program.ts';
