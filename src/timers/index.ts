export type { NewTimer, Timer, TimerKey } from './model.ts';
export { armTimers, cancelTimers, delayTimer, dueTimers, eraseTimers, hastenTimers, setTimers, takeTimer } from './store.ts';
