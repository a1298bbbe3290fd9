/** What nodes say to each other: lines of JSON at the start of each connection, and on the one that stays open. */
// Tested by test/train/nodes.test.ts.
import { createInterface } from 'node:readline';
import type { Socket } from 'node:net';
import * as z from 'zod';

/** The place where nodes find each other, as `--rendezvous` names it. */
export interface Rendezvous {
  readonly host: string;
  readonly port: number;
}

/** What all nodes of a run must agree on. */
export interface Agreed {
  /** The version of Weft. */
  readonly weft: string;
  /** Of each thing that decides a step, by its name in the spec. */
  readonly digests: { readonly [name: string]: string };
  readonly nodes: number;
  /** Devices of each node. */
  readonly devices: number;
}

/** The first line of a node's connections: the one that stays open, and one for each device of a meeting. */
export interface Greeting extends Agreed {
  readonly node: number;
  readonly meeting?: number;
  readonly device?: number;
  readonly threads?: number;
}

/** What node 0 says on the connection that stays open. */
export type Order = { readonly refused: string } | { readonly start: number } | { readonly end: 'done' | 'failed' };

// The types above are part of the package's, which must not need zod.
const greeting: z.ZodType<Greeting> = z.object({
  weft: z.string(),
  digests: z.record(z.string(), z.string()),
  nodes: z.number(),
  devices: z.number(),
  node: z.number(),
  meeting: z.number().optional(),
  device: z.number().optional(),
  threads: z.number().optional(),
});

const order: z.ZodType<Order> = z.union([
  z.object({ refused: z.string() }),
  z.object({ start: z.number() }),
  z.object({ end: z.enum(['done', 'failed']) }),
]);

/** No line of ours is longer. */
const longestLine = 65_536;

export function readGreeting(line: string): Greeting | null {
  return parsed(greeting, line);
}

export function readOrder(line: string): Order | null {
  return parsed(order, line);
}

export function say(socket: Socket, what: Greeting | Order): void {
  socket.write(`${JSON.stringify(what)}\n`);
}

/** The lines of a connection, as they come. */
export function onLines(socket: Socket, take: (line: string) => void): void {
  createInterface({ input: socket, crlfDelay: Infinity }).on('line', take);
}

/** The first line of a connection; what follows it stays in the socket. Null if none comes in time, or one that is too long. */
export function firstLine(socket: Socket, waitMs: number): Promise<string | null> {
  return new Promise((resolve) => {
    let held = Buffer.alloc(0);
    const finish = (line: string | null): void => {
      clearTimeout(timer);
      socket.off('readable', read).off('close', none);
      resolve(line);
    };
    const none = (): void => finish(null);
    const read = (): void => {
      for (let chunk: Buffer | null; (chunk = socket.read() as Buffer | null) !== null;) {
        held = Buffer.concat([held, chunk]);
        const end = held.indexOf(10);
        if (end >= 0) {
          if (end + 1 < held.length) socket.unshift(held.subarray(end + 1));
          return finish(held.toString('utf8', 0, end));
        }
        if (held.length > longestLine) return none();
      }
    };
    const timer = setTimeout(none, waitMs);
    socket.on('readable', read).on('close', none);
  });
}

function parsed<T>(schema: z.ZodType<T>, line: string): T | null {
  try {
    const found = schema.safeParse(JSON.parse(line));
    return found.success ? found.data : null;
  } catch {
    return null;
  }
}
