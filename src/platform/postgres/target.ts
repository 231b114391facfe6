import postgres from 'postgres';

/** Where the server is: a URL, or the private socket of an embedded server. */
export type ConnectionTarget =
  | { readonly url: string }
  | { readonly host: string; readonly port: number; readonly user: string; readonly database: string };

/** A driver for a server. A URL may name the directory of a Unix socket, in both forms that PostgreSQL's own programs take. */
export function connectTo(
  target: ConnectionTarget,
  settings: postgres.Options<Record<string, postgres.PostgresType>>,
): postgres.Sql {
  if (!('url' in target)) return postgres({ ...target, ...settings });
  const { url, directory } = withoutSocket(target.url);
  return directory === null ? postgres(target.url, settings) : postgres(url, { ...settings, host: directory });
}

/**
 * Takes the directory of a socket out of a URL, since the driver knows no such URLs: `postgres://user@%2Fvar%2Frun/db`
 * and `postgres://user@/db?host=/var/run`.
 */
export function withoutSocket(url: string): { readonly url: string; readonly directory: string | null } {
  const [, scheme = '', user = '', authority = '', rest = ''] = /^(\w+:\/\/)([^/?#]*@)?([^/?#]*)(.*)$/s.exec(url) ?? [];
  const [, host = '', port = ''] = /^(.*?)(:\d*)?$/.exec(authority) ?? [];
  const [path = '', query = ''] = rest.split('?');
  const parameters = new URLSearchParams(query);
  const named = parameters.get('host');
  const directory = /^%2f/i.test(host) ? decodeURIComponent(host) : named?.startsWith('/') === true ? named : null;
  if (directory === null) return { url, directory };
  parameters.delete('host');
  const kept = parameters.size === 0 ? '' : `?${parameters.toString()}`;
  return { url: `${scheme}${user}localhost${port}${path}${kept}`, directory };
}
