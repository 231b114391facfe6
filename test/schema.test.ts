import { readFile, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeSchema } from '../src/platform/postgres/describe.ts';
import { SERVICE_ROLE } from '../src/platform/postgres/migrate.ts';
import { createTestDatabase, type TestDatabase } from './support/database.ts';

const FILE = 'schema.sql';
const HEAD = '-- What the migrations add up to, for reading. Generated: npm run schema\n\n';

let testDatabase: TestDatabase;
beforeAll(async () => {
  testDatabase = await createTestDatabase();
});
afterAll(() => testDatabase.drop());

test('schema.sql is what the migrations make', async () => {
  const { database } = testDatabase;
  const schema = HEAD + (await describeSchema({ query: database.read.bind(database) }, SERVICE_ROLE));
  if (process.env['UPDATE_SCHEMA'] === '1') await writeFile(FILE, schema);
  expect(schema, 'run npm run schema after changing a migration').toBe(await readFile(FILE, 'utf8'));
});
