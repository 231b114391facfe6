/** The catalog of the design, which outside checks rely on. */
export const DESIGN = `diana: 1
name: example
timezone: UTC                       # for events and users that tell none
rounding: floor                     # floor | half_even | ceil
strictEvents: false                 # true: undeclared types are refused (\`unknown_type\`) and kept for inspection
currencies:
  points: { name: Points }          # overdraft: deny (default) | allow
events:                             # optional: schema per type; public: true lets client keys send it
  code.commit: { data: { files: integer, repo: string } }
metrics:                            # per user; the only thing that counts
  commits:   { count: code.commit, when: 'event.data.files > 0' }
  files:     { sum: event.data.files, on: code.commit }
  biggest:   { max: event.data.files, on: code.commit }
  repos:     { distinct: event.data.repo, on: 'code.*' }
  in-a-row:  { run: quiz.answered, while: 'event.data.correct' }
  earned:    { earned: points }     # also spent: c, balance: c, level: true, streak: name
streaks:
  daily: { on: 'code.*', every: day }
levels: { metric: earned, formula: 'floor(sqrt(value / 1000.0)) + 1' }     # or thresholds: [0, 100, 300]
multipliers:
  streak:  { streak: daily, tiers: [ { from: 3, factor: 1.1 }, { from: 7, factor: 1.2 }, { from: 30, factor: 1.5 } ] }
  vip:     { when: 'user.attributes.vip == true', factor: 1.5 }
  level:   { factor: '1 + 0.05 * (user.level - 1)' }
  weekend: { from: 2026-12-05T00:00:00Z, to: 2026-12-07T00:00:00Z, factor: 2 }    # from ≤ t < to
rules:
  - id: commit
    on: code.commit                 # exact type or pattern
    when: 'event.data.files < 1000'
    award: { points: 10 }           # integer, or a CEL number: 'event.data.files * 2'
    multipliers: [streak, vip]      # default: all
    limit: { max: 20, per: day }    # second|minute|hour slide; day|week|month are calendar; or { max, within: 90s }; or a list
  - id: correction
    on: admin.correction            # events of admin keys may adjust
    adjust: { points: event.data.amount }
achievements:
  - id: committer
    name: Committer
    metric: commits
    requires: []
    secret: false
    tiers: [ { id: bronze, at: 1, award: { points: 50 } }, { id: silver, at: 100 }, { id: gold, at: 1000 } ]
boards:
  - { id: weekly, metric: earned, period: week, order: desc, ties: first }  # period day|week|month|year|all; zone: an IANA name
`;
