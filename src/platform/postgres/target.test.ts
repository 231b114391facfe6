import { expect, inject, test } from 'vitest';
import { connectTo, withoutSocket } from './target.ts';

test('both forms of a URL that names a Unix socket reach the server', async () => {
  const { host, user, port } = inject('postgres');
  for (const url of [
    `postgres://${user}@${encodeURIComponent(host)}:${port}/template_diana`,
    `postgres://${user}@/template_diana?host=${host}`,
    `postgresql://${user}@localhost:${port}/template_diana?host=${encodeURIComponent(host)}`,
  ]) {
    const sql = connectTo({ url }, { max: 1 });
    expect(await sql`select current_database() as name`).toEqual([{ name: 'template_diana' }]);
    await sql.end();
  }
});

test('a URL that names no socket is left as it is', () => {
  for (const url of [
    'postgres://u:p%40ss@db.example:6432/app?sslmode=require',
    'postgresql://a:1,b:2/app',
    'postgres://[::1]:5432/app?host=other',
  ]) {
    expect(withoutSocket(url)).toEqual({ url, directory: null });
  }
});

test('what else a URL says is kept', () => {
  expect(withoutSocket('postgres://u:p@%2Frun%2Fpg:6000/app?sslmode=disable')).toEqual({
    url: 'postgres://u:p@localhost:6000/app?sslmode=disable',
    directory: '/run/pg',
  });
});
