/** What decisions read: a value by key, or undefined. */
export interface Lookup<V> {
  get(key: string): V | undefined;
}

const NONE: ReadonlyMap<string, never> = new Map<string, never>();

/** Changes on top of what is looked up, which stays as it is. */
export class Overlay<V> implements Lookup<V> {
  private readonly base: Lookup<V>;
  private changed: Map<string, V> | undefined;

  constructor(base: Lookup<V>) {
    this.base = base;
  }

  get changes(): ReadonlyMap<string, V> {
    return this.changed ?? NONE;
  }

  get(key: string): V | undefined {
    return this.changed?.get(key) ?? this.base.get(key);
  }

  set(key: string, value: V): void {
    this.changed ??= new Map();
    this.changed.set(key, value);
  }
}
