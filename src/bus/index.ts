export { type BusOptions, createBus, eraseFromBus } from './bus.ts';
export type {
  Bus,
  BusGauge,
  BusStatus,
  DeadLetter,
  DeadLetterFilter,
  EventStream,
  ReplayAnswer,
  Subscribed,
  SubscribeOptions,
  SubscriptionHealth,
  SubscriptionReport,
  Subscriptions,
} from './face.ts';
export type { BusEvent, Delivery, Handler, SubscriptionKind } from './model.ts';
export type { Courier, PostAnswer, StreamAnswer, StreamBatch, StreamStore } from './ports.ts';
export type { Feed, Portion } from './tail.ts';
