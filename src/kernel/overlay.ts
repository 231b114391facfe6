/** What decisions read: a value by key, or undefined. */
export interface Lookup<V> {
  get(key: string): V | undefined;
}

/** Changes on top of what is looked up, which stays as it is. */
export class Overlay<V> implements Lookup<V> {
  readonly changes = new Map<string, V>();
  private readonly base: Lookup<V>;

  constructor(base: Lookup<V>) {
    this.base = base;
  }

  get(key: string): V | undefined {
    return this.changes.get(key) ?? this.base.get(key);
  }

  set(key: string, value: V): void {
    this.changes.set(key, value);
  }
}
