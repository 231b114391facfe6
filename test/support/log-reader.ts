import type postgres from 'postgres';

/** When each catalog came into force, and under which version every event and fact was written. */
export async function readCatalogVersions(sql: postgres.Sql): Promise<{
  readonly applied: readonly { readonly position: number; readonly version: number }[];
  readonly effects: readonly { readonly position: number; readonly version: number }[];
}> {
  const rows = await sql.unsafe(
    `select position::int as position, type, catalog_version as version from events.log order by position`,
  );
  const all = rows as unknown as readonly { position: number; type: string; version: number }[];
  const isSwitch = ({ type }: { type: string }): boolean => type === 'catalog.applied';
  return { applied: all.filter(isSwitch), effects: all.filter((row) => !isSwitch(row)) };
}
