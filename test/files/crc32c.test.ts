import { expect, it } from '@jest/globals';
import { crc32c } from '../../src/files/crc32c';

// RFC 3720, appendix B.4, and the usual check of a CRC.
const up = Uint8Array.from({ length: 32 }, (_, i) => i);
it.each([
  ['nothing', new Uint8Array(0), 0],
  ['32 zeros', new Uint8Array(32), 0x8a9136aa],
  ['32 ones', new Uint8Array(32).fill(255), 0x62a8ab43],
  ['rising bytes', up, 0x46dd794e],
  ['falling bytes', up.toReversed(), 0x113fdb5c],
  ['the digits', Buffer.from('123456789'), 0xe3069283],
])('gives the published sum of %s', (_, bytes, sum) => {
  expect(crc32c(bytes)).toBe(sum);
});
