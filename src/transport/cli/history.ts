import pc from 'picocolors';
import type { BoardChange, CurrencyChange, History, RuleChange, UserChangeOf } from '../../reports/index.ts';
import { table } from './output.ts';

type Rows = Parameters<typeof table>[0];

/** Lines of the longer tables. */
const LINES = 5;

/** What a draft would have come to, for people who run a community. What there is nothing to tell of is left out. */
export function historyText(history: History): string {
  const { currencies, rules, achievements, levels, boards } = history;
  const sections = [heading(history), ...currencies.flatMap(currencyTexts)];
  const changed = rules.filter((rule) => rule.paidBefore !== rule.paidAfter || rule.timesBefore !== rule.timesAfter);
  if (rules.length > 0) sections.push(changesOnly('Rules and rewards', RULES, changed.map(ruleRow), rules.length));
  if (achievements.length > 0) {
    const other = achievements.filter(({ before, after }) => before !== after);
    const rows = other.map(({ name, tier, before, after }) => [`${name}, ${tier}`, before, after, signed(after - before)]);
    sections.push(changesOnly('Achievements', ['unlocked by', 'now', 'then', 'change'], rows, achievements.length));
  }
  if (levels.length > 1) {
    const rows = levels.map(({ level, before, after }) => [String(level), before, after, signed(after - before)]);
    sections.push(section('Levels', ['level', 'users now', 'then', 'change'], rows));
  }
  sections.push(...boards.map(boardText), list('Worth a second look', history.warnings, pc.yellow));
  sections.push(list('Taken for granted', history.assumptions, pc.dim));
  return sections.filter((text) => text !== '').join('\n\n');
}

function heading({ events, transfers, users, seconds }: History): string {
  const refused = [...events.refused, ...transfers.refused].reduce((sum, { count }) => sum + count, 0);
  const what = [
    `${number(events.replayed)} events`,
    ...(transfers.replayed > 0 ? [`${number(transfers.replayed)} transfers`] : []),
  ].join(', ');
  const left = [
    ...(events.erased > 0 ? [`${number(events.erased)} erased`] : []),
    ...(refused > 0 ? [`${number(refused)} refused by the draft`] : []),
  ];
  const rest = left.length === 0 ? '' : `; left out: ${left.join(', ')}`;
  return pc.bold(`Had this catalog been in force from the beginning (${what} of ${number(users)} users in ${seconds} s${rest})`);
}

function currencyTexts(change: CurrencyChange): readonly string[] {
  const { currency, before, after, difference, inflation, users, quantiles } = change;
  if (before === 0 && after === 0) return [];
  const percent = inflation === null ? '' : ` (${inflation > 0 ? '+' : ''}${inflation} %)`;
  const share = (q: keyof CurrencyChange['quantiles']): string => signed(quantiles[q]);
  const rows: Rows = [
    ['awarded', `${number(before)} now, ${number(after)} then: ${signed(difference)}${percent}`],
    ['users', `${number(users.gain)} gain, ${number(users.lose)} lose, ${number(users.stay)} stay`],
    [
      'change for a user',
      `${share('min')} at the least, ${share('p25')} to ${share('p75')} for the middle half, ${share('max')} at the most`,
    ],
  ];
  const texts = [section(currency, null, rows)];
  const columns = ['user', 'awarded now', 'then', 'change', 'balance now', 'then'];
  if (change.gainMost.length > 0)
    texts.push(section(`Gain the most ${currency}`, columns, change.gainMost.slice(0, LINES).map(userRow)));
  if (change.loseMost.length > 0)
    texts.push(section(`Lose the most ${currency}`, columns, change.loseMost.slice(0, LINES).map(userRow)));
  return texts;
}

function userRow({ user, before, after, balanceBefore, balanceAfter }: UserChangeOf): Rows[number] {
  return [user, before, after, signed(after - before), balanceBefore, balanceAfter];
}

const RULES = ['rule', 'pays', 'times now', 'then', 'paid now', 'then', 'change', 'limited'];

function ruleRow({ rule, currency, timesBefore, timesAfter, paidBefore, paidAfter, limited }: RuleChange): Rows[number] {
  return [rule, currency, timesBefore, timesAfter, paidBefore, paidAfter, signed(paidAfter - paidBefore), limited];
}

function boardText({ board, period, total, entries }: BoardChange): string {
  if (period === null) return `${pc.bold(board)}  ${pc.dim('nobody would be on it')}`;
  const rows = entries
    .slice(0, LINES)
    .map(({ rank, user, score, rankBefore }) => [`${rank}.`, user, score, rankBefore === null ? 'not on it' : `${rankBefore}.`]);
  const title = period === 'all' ? board : `${board}, ${period}`;
  return section(title, ['rank', `of ${number(total)}`, 'score', 'rank now'], rows);
}

/** What stays as it is is only counted. */
function changesOnly(title: string, columns: readonly string[], rows: Rows, total: number): string {
  const same = total - rows.length;
  if (rows.length === 0) return `${pc.bold(title)}  ${pc.dim('all as they are')}`;
  const text = section(title, columns, rows);
  return same === 0 ? text : `${text}\n${pc.dim(`   and ${number(same)} as they are`)}`;
}

function section(title: string, columns: readonly string[] | null, rows: Rows): string {
  const indented = [...(columns === null ? [] : [columns]), ...rows].map((row) => [' ', ...row]);
  return `${pc.bold(title)}\n${table(indented)}`;
}

function list(title: string, lines: readonly string[], colour: (text: string) => string): string {
  return lines.length === 0 ? '' : `${pc.bold(title)}\n${lines.map((line) => colour(`  - ${line}`)).join('\n')}`;
}

function number(n: number): string {
  return n.toLocaleString('en-US');
}

function signed(n: number): string {
  return n > 0 ? `+${number(n)}` : number(n);
}
