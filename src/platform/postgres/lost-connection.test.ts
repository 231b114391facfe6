import { expect, test } from 'vitest';
import { createTestDatabase } from '../../../test/support/database.ts';
test('a connection that the server ends between two statements of a transaction fails that transaction, and nothing else', async () => {
  const { database, owner, drop } = await createTestDatabase();
  for (const swallow of [false, true]) {
    const outcome = database.transaction(async (tx) => {
      const [row] = await tx.query<{ pid: number }>('select pg_backend_pid() as pid');
      await owner.unsafe('select pg_terminate_backend($1)', [row?.pid ?? 0]);
      await new Promise((resolve) => setTimeout(resolve, 100));
      if (swallow) throw new Error('of its own');
      await tx.query('select 1');
    });
    await expect(outcome).rejects.toThrow(swallow ? 'of its own' : /lost|cannot do this/);
  }
  expect(await database.read('select 1 as n')).toEqual([{ n: 1 }]);
  expect(await database.transaction((tx) => tx.query('select 1 as n'))).toEqual([{ n: 1 }]);
  await drop();
});
