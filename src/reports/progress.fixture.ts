/** A catalog that has all there is to report on. */
export const CATALOG = `
diana: 1
name: reports
timezone: Europe/Berlin
currencies: { points: { name: Points } }
metrics:
  commits: { count: code.commit }
  tests: { count: code.test }
  earned: { earned: points }
  purse: { balance: points }
  rank: { level: true }
  days: { streak: daily }
  late: { count: code.commit, when: 'event.local.hour >= 22' }
  late-rank: { level: true, when: 'event.local.hour >= 22' }
streaks:
  daily: { on: code.commit, every: day }
  testing: { on: code.test, every: day }
levels: { metric: commits, thresholds: [0, 3, 10] }
multipliers:
  streak: { streak: daily, tiers: [{ from: 2, factor: 1.5 }, { from: 3, factor: 2 }] }
  vip: { when: 'has(user.attributes.vip) && user.attributes.vip == true', factor: 1.5 }
  level: { factor: '1 + 0.5 * (user.level - 1)' }
  spree: { from: 2026-11-10T00:00:00Z, to: 2026-11-11T00:00:00Z, factor: 3 }
rules:
  - { id: commit, on: code.commit, award: { points: 10 }, limit: { max: 5, per: day } }
achievements:
  - id: committer
    name: Committer
    metric: commits
    tiers: [{ id: bronze, at: 1, award: { points: 5 } }, { id: silver, at: 3 }, { id: gold, at: 100 }]
  - { id: tester, name: Tester, metric: tests, requires: [committer.silver, owl], tiers: [{ id: once, at: 1 }] }
  - { id: owl, metric: late, secret: true, tiers: [{ id: once, at: 2 }] }
boards:
  - { id: all-time, metric: earned }
  - { id: weekly, metric: commits, period: week, ties: shared }
  - { id: tests, metric: tests, period: year }
`;
