/** A typed array indexed by some dense number: a slot, the place of a block. */
type Column = Float64Array<ArrayBuffer> | Int32Array<ArrayBuffer> | Uint8Array<ArrayBuffer>;

/**
 * The column with room at `index`, doubled until it has. New room is zero, and as long as nobody writes there the
 * operating system gives it no memory, so columns are made such that zero means "nothing yet".
 */
export function withRoomFor<C extends Column>(column: C, index: number): C {
  if (index < column.length) return column;
  let length = Math.max(column.length, 1);
  while (length <= index) length *= 2;
  const larger = new (column.constructor as new (length: number) => C)(length);
  larger.set(column);
  return larger;
}
