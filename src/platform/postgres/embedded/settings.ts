import { EmbeddedError } from './failure.ts';

type Settings = Readonly<Record<string, string>>;

/** Acknowledged points survive a power cut only with these on; nobody may turn them off through us. */
const durable: Settings = { fsync: 'on', full_page_writes: 'on', synchronous_commit: 'on' };

const megabyte = 1024 * 1024;

export interface Machine {
  /** Memory this process may use, in bytes: the container's limit where there is one. */
  readonly memory: number;
  readonly platform: string;
}

/** Shaped for one small machine that also runs Diana itself. */
function tuned({ memory, platform }: Machine): Settings {
  const memoryMb = Math.floor(memory / megabyte);
  return {
    // An eighth of a small machine, and no more than the hot rows and indexes of a few million users need.
    shared_buffers: `${Math.max(32, Math.min(256, Math.floor(memoryMb / 8)))}MB`,
    // What the system's file cache may be expected to hold: half, the rest is Node's.
    effective_cache_size: `${Math.max(64, Math.floor(memoryMb / 2))}MB`,
    // Two processes' pools, the command line and a psql; each connection costs some 5 MB.
    max_connections: '60',
    // Half the size of the page images after a checkpoint, for a little processor time: slow disks are the usual limit.
    wal_compression: 'on',
    // How much must be replayed after a crash: some seconds. More would also fill small disks.
    max_wal_size: '1GB',
    // Solid-state disks read out of order nearly as fast as in order.
    random_page_cost: '1.1',
    // A report must not take the second core from events; and containers grant 64 MB of the memory this needs.
    max_parallel_workers_per_gather: '0',
    // A transaction of ours idles for milliseconds. One that idles a minute belongs to a hung client and blocks cleanup.
    idle_in_transaction_session_timeout: '60s',
    // A client killed in a long report must not go on holding its locks.
    client_connection_check_interval: '5s',
    // Only what an operator can act on; a background worker's error, such as a full disk, shows nowhere else.
    log_min_messages: 'error',
    log_checkpoints: 'off',
    log_line_prefix: '%m [%p] ',
    // Statements and details quote names and values of people, and a log cannot be erased with the person.
    log_min_error_statement: 'panic',
    log_error_verbosity: 'terse',
    // A day in a report must not depend on where the machine stands.
    timezone: 'UTC',
    log_timezone: 'UTC',
    // Plain fsync on macOS stops at the drive's volatile cache.
    ...(platform === 'darwin' ? { wal_sync_method: 'fsync_writethrough' } : {}),
  };
}

export interface Place {
  readonly socketDirectory: string;
  readonly port: number;
  readonly clusterName: string;
}

function placed(place: Place): Settings {
  return {
    listen_addresses: '',
    unix_socket_directories: `"${place.socketDirectory}"`,
    unix_socket_permissions: '0700',
    port: String(place.port),
    // Stands in the title of every server process: by it a later owner recognises what a killed one left.
    cluster_name: place.clusterName,
    // Output goes to the file that the supervisor opened.
    logging_collector: 'off',
    log_destination: 'stderr',
  };
}

export function refuseUnsafe(extra: Settings): void {
  const guarded = new Set([...Object.keys(durable), 'data_sync_retry', 'listen_addresses', 'ignore_invalid_pages']);
  for (const [name, value] of Object.entries(extra)) {
    const plain = name.trim().toLowerCase();
    if (guarded.has(plain) && durable[plain] !== value) {
      throw new EmbeddedError(
        'unsafe_setting',
        `The setting ${plain}=${value} is refused: the embedded server keeps every commit and opens no network port.`,
      );
    }
  }
}

/** Given on the command line, where they outrank postgresql.conf and `alter system`. */
export function serverSettings(machine: Machine, place: Place, extra: Settings): Settings {
  refuseUnsafe(extra);
  return { ...tuned(machine), ...extra, ...placed(place), ...durable };
}
