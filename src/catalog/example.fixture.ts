/** A catalog that uses every key of the format once. */
export const EXAMPLE = `diana: 1
name: example
timezone: Europe/Berlin
rounding: half_even
strictEvents: true
currencies:
  points: { name: Points }
  gems: { overdraft: allow }
  xp:
events:
  code.commit: { data: { files: integer, repo: string, note: 'string?' }, public: true }
  code.review: { data: { files: number } }
  game.won:
metrics:
  commits: { count: code.commit, when: 'event.data.files > 0' }
  files: { sum: event.data.files, on: 'code.*' }
  earned: { earned: points }
multipliers:
  vip: { when: 'user.attributes.vip == true', factor: 1.5 }
  weekend: { from: 2026-12-05T00:00:00Z, to: 2026-12-07T00:00:00+01:00, factor: 2 }
  level: { factor: '1 + 0.05 * metrics.commits' }
rules:
  - id: commit
    on: code.commit
    when: 'event.data.files < 1000 && metrics["commits"] < 50'
    award: { points: 10, gems: 'event.data.files * 2' }
    multipliers: [vip]
    limit: { max: 20, per: day }
  - id: correction
    on: game.won
    adjust: { points: -5, xp: event.data.amount }
    limit:
      - { max: 1, per: minute }
      - { max: 5, within: 90s }
      - { max: 7, per: month }
  - { id: bonus, on: board.closed, award: { xp: 1 }, multipliers: [] }
boards:
  - id: weekly
    metric: earned
    period: week
    order: desc
    ties: first
    rewards:
      - { rank: 1, award: { points: 500, xp: 5 } }
      - { ranks: 2-10, award: { points: 100 } }
      - { top: 12.5%, award: { points: 10 } }
    leagues: { tiers: [bronze, silver], size: 30, promote: 7, relegate: 5 }
  - { id: slow, metric: files, order: asc, ties: dense, zone: Asia/Tokyo, by: event.data.repo, record: { note: event.data.note } }
  - { id: friday, metric: files, period: { cron: '0 18 * * 5' } }
  - id: seasons
    metric: files
    zone: Asia/Tokyo
    period:
      seasons:
        - { name: autumn, from: 2026-09-01, to: 2026-12-01 }
        - { name: 2026-advent, from: 2026-12-01T00:00:00Z, to: 2026-12-24T18:00:00Z }
flows:
  review: { start: code.commit, end: code.review, fail: game.won, deadline: 3d }
`;
