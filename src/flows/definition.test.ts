import Schema from 'typebox/schema';
import { describe, expect, test } from 'vitest';
import { readYaml } from '../catalog/read-yaml.ts';
import { createListen } from '../events/index.ts';
import type { Faults } from '../kernel/document.ts';
import { type Flow, flowsSchema, parseFlows } from './index.ts';

const listen = createListen(new Map(), false);

function parse(source: string): { readonly flows: readonly Flow[]; readonly faults: readonly string[] } {
  const faults: Faults = [];
  const flows = parseFlows(faults, readYaml(faults, source), { listen });
  return { flows, faults: faults.map(({ path, message }) => `${path}: ${message}`) };
}

const schema = Schema.Compile(flowsSchema);

test('a flow knows its marks, its deadline and its line for people', () => {
  const { flows, faults } = parse(`
purchase: { start: shop.order.placed, end: shop.order.delivered, fail: 'shop.*', deadline: 120s }
reward: { start: 'shop.*', end: points.awarded }`);
  expect(faults).toEqual([]);
  expect(flows.map(({ id, deadline, description }) => [id, deadline, description])).toEqual([
    ['purchase', 120_000, 'from shop.order.placed to shop.order.delivered, fails with shop.*, within 2m'],
    ['reward', null, 'from shop.* to points.awarded'],
  ]);
  expect(flows[1]?.fail).toBeNull();
  expect(parse('null')).toEqual({ flows: [], faults: [] });
});

test('what Diana announces is matched by its name alone', () => {
  const { flows } = parse(`f: { start: '*', end: points.awarded }`);
  expect(['shop.order', 'points.awarded', 'flow.failed'].map((type) => flows[0]?.start.matches(type))).toEqual([
    true,
    false,
    false,
  ]);
  expect(flows[0]?.end.matches('points.awarded')).toBe(true);
});

describe('a deadline:', () => {
  test.each([
    ['1s', 1_000],
    ['90s', 90_000],
    ['15m', 900_000],
    ['2h', 7_200_000],
    ['30d', 2_592_000_000],
  ])('%s', (written, ms) => {
    expect(parse(`f: { start: a, end: b, deadline: ${written} }`).flows[0]?.deadline).toBe(ms);
  });

  test.each(['0s', '31d', '721h', '15', '15 m', '1.5h', '-1s', '2w', "''", '[15m]', '9999999999s'])('not %s', (written) => {
    expect(parse(`f: { start: a, end: b, deadline: ${written} }`).faults).toEqual([
      expect.stringContaining("f.deadline: expected a time such as '90s'"),
    ]);
  });
});

test('the schema takes what the parser takes, and knows its keys', () => {
  for (const good of [{}, null, { f: { start: 'a', end: 'b' }, g: { start: 'a.*', end: 'b', fail: 'c', deadline: '15m' } }])
    expect(schema.Check(good)).toBe(true);
  for (const bad of [[], { F: { start: 'a', end: 'b' } }, { f: { start: 'a' } }, { f: { end: 'a' } }])
    expect(schema.Check(bad)).toBe(false);
  expect(schema.Check({ f: { start: 'a', end: 'b', dedline: '15m' } })).toBe(false);
  expect(schema.Check({ f: { start: 'a', end: 'b', deadline: '0s' } })).toBe(false);
});
