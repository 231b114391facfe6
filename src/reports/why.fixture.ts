/** A catalog with everything that may be asked about. */
export const CATALOG = `
diana: 1
name: why
timezone: Europe/Berlin
currencies: { points: { name: Points }, gems: { name: Gems } }
metrics:
  commits: { count: code.commit }
  tests: { count: code.test }
  repos: { distinct: event.data.repo, on: code.commit, when: 'has(event.data.repo)' }
  earned: { earned: points }
  purse: { balance: points }
  late: { count: code.commit, when: 'event.local.hour >= 22' }
streaks:
  daily: { on: code.commit, every: day }
levels: { metric: commits, thresholds: [0, 3, 10] }
multipliers:
  streak: { streak: daily, tiers: [{ from: 2, factor: 1.1 }, { from: 30, factor: 1.5 }] }
  vip: { when: 'has(user.attributes.vip) && user.attributes.vip == true', factor: 1.5 }
  level: { factor: '1 + 0.5 * (user.level - 1)' }
  pause: { from: 2026-11-15T00:00:00Z, to: 2026-11-16T00:00:00Z, when: 'event.data.files == 0', factor: '0 * event.data.files' }
rules:
  - { id: commit, on: code.commit, award: { points: 10 }, limit: [{ max: 2, per: day }, { max: 5, within: 7d }] }
  - id: large
    on: code.commit
    when: 'event.data.files > 20 && (user.attributes.team == "core" || metrics.commits > 100)'
    award: { points: 50 }
    multipliers: []
  - { id: find, on: 'gem.*', award: { gems: event.data.size } }
  - { id: correction, on: admin.correction, adjust: { points: event.data.amount } }
  - { id: promoted, on: level.reached, award: { gems: 'event.data.level * 2' }, multipliers: [] }
  - { id: hello, on: user.created, award: { points: 1 }, multipliers: [] }
achievements:
  - id: committer
    name: Committer
    metric: commits
    tiers: [{ id: bronze, at: 1, award: { points: 5 } }, { id: silver, at: 3 }, { id: gold, at: 100 }]
  - { id: tester, name: Tester, metric: tests, requires: [committer.gold, owl], tiers: [{ id: once, at: 1 }] }
  - { id: owl, name: Owl, metric: late, secret: true, tiers: [{ id: once, at: 1 }] }
  - { id: rich, name: Rich, metric: earned, requires: [tester], tiers: [{ id: once, at: 1000 }] }
boards:
  - { id: all-time, metric: earned }
  - { id: daily, metric: commits, period: day, zone: UTC }
  - { id: weekly, metric: commits, period: week, ties: shared }
  - { id: purses, metric: purse, period: month }
  - { id: repos, metric: repos, period: year }
`;
