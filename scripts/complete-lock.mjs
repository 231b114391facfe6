// npm leaves optional packages of other platforms out of the lock file when the registry at hand does not serve them,
// and npm ci then refuses the lock. Run `node scripts/complete-lock.mjs package-lock.json` after every change of it.
import { readFileSync, writeFileSync } from 'node:fs';
const file = process.argv[2];
const lock = JSON.parse(readFileSync(file, 'utf8'));
const P = lock.packages;
const OS = ['android', 'darwin', 'freebsd', 'linux', 'win32', 'openharmony', 'netbsd', 'openbsd', 'sunos', 'aix'];
const CPU = { arm64: 'arm64', x64: 'x64', arm: 'arm', ia32: 'ia32', ppc64: 'ppc64', ppc64le: 'ppc64', riscv64: 'riscv64', s390x: 's390x', loong64: 'loong64', mips64el: 'mips64el', armv7: 'arm', universal: null, wasm32: 'wasm32' };
let added = [], unknown = [];
for (const [path, entry] of Object.entries({ ...P })) {
  for (const [name, range] of Object.entries(entry.optionalDependencies ?? {})) {
    const at = `node_modules/${name}`;
    if (P[at] || P[`${path}/${at}`]) continue;
    const words = name.split('/').pop().split('-');
    const os = words.filter((w) => OS.includes(w)); const cpu = words.map((w) => CPU[w]).filter(Boolean);
    const libc = words.some((w) => /^musl/.test(w)) ? ['musl'] : words.some((w) => /^gnu/.test(w)) ? ['glibc'] : [];
    if (name === 'fsevents') os.push('darwin');
    const version = range.replace(/^[\^~]/, '');
    if (!os.length && !cpu.length) { unknown.push(`${path} -> ${name}@${range}`); continue; }
    P[at] = { version: name === 'fsevents' ? '2.3.3' : version, ...(cpu.length ? { cpu } : {}), ...(entry.dev ? { dev: true } : {}), ...(os[0] === 'linux' && libc.length ? { libc } : {}), optional: true, ...(os.length ? { os } : {}) };
    added.push(name);
  }
}
lock.packages = Object.fromEntries(Object.entries(P).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
writeFileSync(file, JSON.stringify(lock, null, 2) + '\n');
console.log(added.length, 'added; not understood:', unknown);
