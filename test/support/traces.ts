import type postgres from 'postgres';

/** Every table of the product with every row as text, in which a person's traces would show. */
export async function tracesOf(sql: postgres.Sql, words: readonly string[]): Promise<readonly string[]> {
  const tables = await sql.unsafe(
    `select table_schema as schema, table_name as name from information_schema.tables
     where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema') order by 1, 2`,
  );
  const found: string[] = [];
  for (const { schema, name } of tables) {
    const table = `${String(schema)}.${String(name)}`;
    for (const word of words) {
      const rows = await sql.unsafe(`select t::text as line from ${table} t where position(lower($1) in lower(t::text)) > 0`, [
        word,
      ]);
      for (const row of rows) found.push(`${table} still tells "${word}": ${String(row['line']).slice(0, 200)}`);
    }
  }
  return found;
}
