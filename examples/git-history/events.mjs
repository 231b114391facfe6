#!/usr/bin/env node
// The history of git repositories as events for Diana, one JSON object a line, in order of author time.
//
//   node examples/git-history/events.mjs [--names] [--salt TEXT] REPO... > events.ndjson
//
// Every commit that HEAD leads to becomes one event. A commit that two of the repositories share counts once.

import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

/** Begins the line of a commit. Git quotes file names with such characters, so no other line begins with it. */
const COMMIT = '\u0001';
const FIELD = '\u001f';
/** Hash, parents, author time in seconds with its offset, e-mail and name as .mailmap corrects them. */
const FORMAT = `%x01${['%H', '%P', '%ad', '%aE', '%aN'].join('%x1f')}`;

const DOCUMENT =
  /\.(md|mdx|markdown|rst|adoc|asciidoc|txt|tex)$|(^|\/)(docs?|documentation)\/|(^|\/)(README|LICEN[CS]E|CHANGELOG|CONTRIBUTING|AUTHORS|NOTICE)[^/]*$/i;
const TEST = /(^|\/)(tests?|__tests__|specs?|e2e|testdata|fixtures)\/|[._-](test|spec)\.[^/]+$|(^|\/)test_[^/]+$|_test\.[^/.]+$/i;

/** What kind of work a commit is, by the files that it touches. */
export function typeOf(parents, files) {
  if (parents > 1) return 'code.merge';
  if (files.length > 0 && files.every((file) => DOCUMENT.test(file))) return 'code.docs';
  if (files.length > 0 && files.every((file) => TEST.test(file))) return 'code.test';
  return 'code.commit';
}

/** RFC 3339 with the offset of the author's clock; undefined for a time that RFC 3339 cannot write. */
export function timeOf(seconds, offset) {
  const [, sign, hours, minutes] = /^([+-])(\d\d)(\d\d)$/.exec(offset) ?? [];
  const shift = sign === undefined || hours > 23 || minutes > 59 ? 0 : (hours * 60 + Number(minutes)) * (sign === '-' ? -60 : 60);
  const local = new Date((seconds + shift) * 1_000);
  if (Number.isNaN(local.getTime()) || local.getUTCFullYear() < 1970 || local.getUTCFullYear() > 9999) return undefined;
  const text = local.toISOString().slice(0, 19);
  return shift === 0 ? `${text}+00:00` : `${text}${sign}${hours}:${minutes}`;
}

/** The commits of one repository. */
async function* commitsOf(repository) {
  const git = spawn(
    'git',
    [
      '-C',
      repository,
      '-c',
      'core.quotePath=false',
      '-c',
      'log.showSignature=false',
      'log',
      '--no-renames',
      '--name-only',
      '--date=raw',
      `--format=${FORMAT}`,
    ],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  const ended = new Promise((done, failed) => {
    git.once('error', failed);
    git.once('close', done);
  });
  // Heard from the start: git that is not installed must not end the process unexplained.
  ended.catch(() => undefined);
  let commit;
  for await (const line of createInterface({ input: git.stdout, crlfDelay: Number.POSITIVE_INFINITY })) {
    if (line.startsWith(COMMIT)) {
      if (commit !== undefined) yield commit;
      const [hash, parents, date, email, name] = line.slice(COMMIT.length).split(FIELD);
      const [seconds, offset] = date.split(' ');
      commit = {
        hash,
        parents: parents === '' ? 0 : parents.split(' ').length,
        seconds: Number(seconds),
        offset,
        email,
        name,
        files: [],
      };
    } else if (line !== '') {
      commit?.files.push(line.startsWith('"') ? line.slice(1, -1) : line);
    }
  }
  if (commit !== undefined) yield commit;
  const code = await ended;
  if (code !== 0) throw new Error(`git log of ${repository} ended with ${code}`);
}

/** All events of all repositories. `userOf` names the author of a commit. */
export async function eventsOf(repositories, userOf) {
  const events = new Map();
  let skipped = 0;
  for (const repository of repositories) {
    const repo = basename(resolve(repository)).replace(/\.git$/, '') || 'repository';
    for await (const { hash, parents, seconds, offset, files, ...author } of commitsOf(repository)) {
      const id = hash.slice(0, 16);
      const time = timeOf(seconds, offset);
      if (time === undefined) skipped += 1;
      else if (!events.has(id)) {
        const event = { id, type: typeOf(parents, files), user: userOf(author), time, data: { repo, files: files.length } };
        events.set(id, { seconds, line: `${JSON.stringify(event)}\n` });
      }
    }
  }
  const lines = [...events.values()].sort((a, b) => a.seconds - b.seconds).map(({ line }) => line);
  return { lines, skipped };
}

/** The same person has the same name in every run, and only who has the salt can tell which e-mail it stands for. */
export function pseudonyms(salt) {
  return ({ email }) => createHash('sha256').update(`${salt}\0${email.toLowerCase()}`).digest('hex').slice(0, 12);
}

/** As git tells it. Ids of users are 1 to 256 characters. */
export function realNames({ name, email }) {
  return (name || email || 'unknown').slice(0, 256);
}

/** Made once and kept beside the data, so that the next run knows the same people. */
function keptSalt() {
  const directory = process.env.DIANA_DATA_DIR || '.diana';
  const file = join(directory, 'git-history.salt');
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
  }
  const salt = randomBytes(16).toString('hex');
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  writeFileSync(file, `${salt}\n`, { mode: 0o600 });
  return salt;
}

async function main() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { names: { type: 'boolean', default: false }, salt: { type: 'string' } },
  });
  if (positionals.length === 0)
    throw new Error('name at least one git repository: events.mjs [--names] [--salt TEXT] REPO... > events.ndjson');
  const userOf = values.names ? realNames : pseudonyms(values.salt ?? keptSalt());
  const { lines, skipped } = await eventsOf(positionals, userOf);
  await pipeline(Readable.from(lines), process.stdout);
  const note = skipped === 0 ? '' : `, ${skipped} left out because their time cannot be written`;
  process.stderr.write(`${lines.length} events${note}\n`);
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(resolve(process.argv[1])).href) {
  main().catch((error) => {
    if (error.code === 'EPIPE') return;
    process.stderr.write(
      `events.mjs: ${error.code === 'ENOENT' && error.syscall?.startsWith('spawn') ? 'git is not installed' : error.message}\n`,
    );
    process.exitCode = 1;
  });
}
