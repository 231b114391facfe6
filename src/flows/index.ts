export { decideFlowSteps, type FlowEvent } from './decide.ts';
export { flowsSchema, parseFlows } from './definition.ts';
export { type Flow, FLOW_STATES, type FlowMark, type FlowState, type FlowStep } from './model.ts';
export {
  applyFlowSteps,
  countFlows,
  eraseFlows,
  failFlows,
  type FlowCount,
  type FlowPlace,
  type FlowRow,
  selectFlows,
  selectFlowsOf,
  takeOverdue,
} from './store.ts';
