/** What happens to files on bad disks, in broken downloads and under careless hands. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { Random } from '../random';

/** Does something to a file; `other` is the path of another one of its kind. Gives what was done, in words. */
type Damage = (path: string, random: Random, other: string) => string;

const inside: readonly Damage[] = [flipBit, flipBit, flipBit, cutShort, zeroSome, growTail, empty];

/** Only where something else says which files there are and what is in them is one that is missing or another one damaged. */
export type DamageKind = 'inside' | 'any';

export function damage(kind: DamageKind, path: string, random: Random, other: string): string {
  const damages = kind === 'inside' ? inside : [...inside, swap, lose];
  return random.pick(damages)(path, random, other);
}

function flipBit(path: string, random: Random): string {
  const bytes = readFileSync(path);
  if (bytes.length === 0) return growTail(path, random);
  const [at, bit] = [random.below(bytes.length), random.below(8)];
  bytes[at] ^= 1 << bit;
  writeFileSync(path, bytes);
  return `bit ${bit} of byte ${at} of ${bytes.length} flipped`;
}

function cutShort(path: string, random: Random): string {
  const bytes = readFileSync(path);
  const length = random.below(Math.max(1, bytes.length));
  writeFileSync(path, bytes.subarray(0, length));
  return `cut to ${length} of ${bytes.length} bytes`;
}

function zeroSome(path: string, random: Random): string {
  const bytes = readFileSync(path);
  const at = random.below(Math.max(1, bytes.length));
  bytes.fill(0, at, Math.min(bytes.length, at + 64));
  writeFileSync(path, bytes);
  return `zeros from byte ${at} of ${bytes.length}`;
}

function growTail(path: string, random: Random): string {
  const tail = Buffer.from(Array.from({ length: 1 + random.below(40) }, () => random.below(256)));
  writeFileSync(path, Buffer.concat([readFileSync(path), tail]));
  return `${tail.length} bytes more at the end`;
}

function swap(path: string, _random: Random, other: string): string {
  writeFileSync(path, readFileSync(other));
  return `the contents of ${other} in its place`;
}

function empty(path: string): string {
  writeFileSync(path, '');
  return 'emptied';
}

function lose(path: string): string {
  rmSync(path);
  return 'removed';
}
