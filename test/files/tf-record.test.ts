import { expect, it } from '@jest/globals';
import { tfRecord } from '../../src/files/tf-record';

it('puts a record between its length and the sums of both', () => {
  // As TensorBoard's own RecordWriter writes it.
  expect(Buffer.from(tfRecord(Buffer.from('weft'))).toString('hex')).toBe('04000000000000004245520477656674b7f7298a');
  expect(Buffer.from(tfRecord(new Uint8Array(0))).toString('hex')).toBe('000000000000000029039807d8ea82a2');
});
