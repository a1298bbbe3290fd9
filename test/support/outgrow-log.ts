/** Appends records of 300 kB to the log that is named, until it may grow no further; prints why, and then adds a small one. */
import { AppendLog } from '../../src/files/append-log';

const log = new AppendLog(process.argv[2]);
for (let i = 0; i < 10; i++) {
  await log.add(new Uint8Array(300_000).fill(65 + i));
  const failure = await log.flush().then(
    () => null,
    (error: unknown) => String(error),
  );
  if (failure === null) continue;
  console.log(failure);
  break;
}
await log.add(Buffer.from('small'));
await log.sync();
