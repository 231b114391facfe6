/** What the simulated world is made of. */
export const TYPES = ['quiz.done', 'quiz.done', 'quiz.won', 'game.won', 'game.big.won', 'note', 'admin.fix'];
export const PATTERNS = ['quiz.done', 'quiz.done', 'quiz.*', 'game.*', '*.won', 'game.*.won', '*', 'note'];
export const WORDS = ['ant', 'bee', 'cat', 'dog'];
/** Quarters of hours, both ends of the world, and zones whose clocks change at midnight. */
export const ZONES = [
  'Europe/Berlin',
  'America/New_York',
  'Asia/Kathmandu',
  'America/St_Johns',
  'Pacific/Kiritimati',
  'Etc/GMT+12',
  'Pacific/Chatham',
  'America/Havana',
];
export const OFFSETS = ['Z', 'Z', '-00:00', '+00:00', '+05:45', '-09:30', '+14:00', '-12:00', '+02:00'];
