/** The cache for everything that Weft can make again, per user: rendered image sets and compiled native parts. */
import { createHash } from 'node:crypto';
import { homedir } from 'node:os';
import { join } from 'node:path';

type Environment = { readonly [name: string]: string | undefined };

/** The per-user cache: `$XDG_CACHE_HOME/weft`, or `~/.cache/weft`. It may not exist yet. */
export function cacheFolder(env: Environment = process.env): string {
  return join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'weft');
}

/** A short name that identifies the facts a cached thing depends on: 16 hexadecimal digits of a hash over plain data, keys in any order. */
export function cacheKey(facts: unknown): string {
  return createHash('sha256').update(canonical(facts)).digest('hex').slice(0, 16);
}

function canonical(facts: unknown): string {
  return JSON.stringify(facts, (_, value: unknown) =>
    value !== null && typeof value === 'object' && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
}
