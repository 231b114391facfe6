/**
 * Slot of a key in a Redis cluster: CRC-16/XMODEM of its hash tag, modulo 16,384. The tag is what stands between the
 * first `{` and the next `}`; a key without one, or with an empty one, counts as a whole. Source: Redis cluster
 * specification, "Hash tags".
 */
export function keySlot(key: string): number {
  const open = key.indexOf('{');
  const close = open < 0 ? -1 : key.indexOf('}', open + 1);
  const tag = close > open + 1 ? key.slice(open + 1, close) : key;
  let crc = 0;
  for (const byte of Buffer.from(tag, 'utf8')) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc & 0x8000) === 0 ? crc << 1 : (crc << 1) ^ 0x1021;
  }
  return crc & 0x3fff;
}
