/** The other machines of a run, as node 0 sees them: each keeps one connection open, and opens one for each of its processes. */
// Tested by test/train/nodes.test.ts.
import { someOf } from '../../compiler/diagnostics/counted';
import { createServer, type Server, type Socket } from 'node:net';
import type { Readable, Writable } from 'node:stream';
import { WeftError } from '../../compiler/diagnostics/diagnostic';
import { codeOf } from '../../files/file-error';
import { LostProcess } from '../lost-process';
import { firstLine, readGreeting, say, type Agreed, type Greeting, type Rendezvous } from './greeting';
import type { Peer } from './peer';

export interface NodesOptions {
  readonly at: Rendezvous;
  readonly agreed: Agreed;
  /** How long to wait for nodes that are missing; ten minutes by default. */
  readonly waitMs?: number;
  /** Ends a wait for nodes with its reason. */
  readonly signal?: AbortSignal;
  /** Told when a node comes, is refused, or is waited for. */
  readonly onNote?: (text: string) => void;
}

const greetingMs = 10_000;
/** A machine that falls silent is noticed within this time. */
const doubtMs = 30_000;

export class Nodes {
  /** The connections that stay open, by the node's rank. */
  private readonly present = new Map<number, Socket>();
  /** The connections of the devices of the meeting that is being called. */
  private joined = new Map<number, RemotePeer>();
  private meeting = 0;
  private changed: () => void = () => {};

  private constructor(
    private readonly server: Server,
    private readonly options: NodesOptions,
  ) {
    server.on('connection', (socket) => void this.greet(socket));
    options.signal?.addEventListener('abort', () => this.changed(), { once: true });
  }

  /** Opens the rendezvous. */
  static async open(options: NodesOptions): Promise<Nodes> {
    const server = createServer();
    const { host, port } = options.at;
    await new Promise<void>((resolve, reject) => {
      server.once('error', (error) => reject(cannotOpen(options.at, error)));
      server.listen({ host, port }, () => resolve());
    });
    return new Nodes(server, options);
  }

  /** Where processes of other machines reach those of this one. */
  get address(): string {
    return this.options.at.host;
  }

  /** Devices of each node. */
  get devices(): number {
    return this.options.agreed.devices;
  }

  /** Starts the processes of all other nodes, in the order of their ranks; waits for nodes that are missing. */
  async start(): Promise<readonly Peer[]> {
    const { nodes, devices } = this.options.agreed;
    const others = Array.from({ length: nodes - 1 }, (_, i) => i + 1);
    const missing = (): number[] => others.filter((node) => !this.present.has(node));
    if (missing().length > 0) this.note(`Waiting for ${named(missing())} at ${formatRendezvous(this.options.at)}.`);
    await this.until(
      () => missing().length === 0,
      () => `${named(missing())} did not come`,
    );
    const meeting = ++this.meeting;
    this.joined = new Map();
    for (const node of others) say(this.present.get(node)!, { start: meeting });
    const places = others.flatMap((node) => Array.from({ length: devices }, (_, device) => node * devices + device));
    await this.until(
      () => places.every((place) => this.joined.has(place)) || missing().length > 0,
      () => `not all processes of other nodes started`,
    );
    const gone = missing();
    if (gone.length > 0) throw lost(`${named(gone)} went away while processes started.`);
    return places.map((place) => this.joined.get(place)!);
  }

  /** Tells the nodes that the run is over, and closes the rendezvous. */
  end(how: 'done' | 'failed'): void {
    for (const socket of this.present.values()) {
      say(socket, { end: how });
      socket.end();
    }
    this.server.close();
  }

  private async greet(socket: Socket): Promise<void> {
    socket.on('error', () => undefined);
    const line = await firstLine(socket, greetingMs);
    const greeting = line === null ? null : readGreeting(line);
    if (greeting && greeting.meeting === undefined) await this.farewell(greeting.node);
    if (!greeting) return refuse(socket, 'This is the rendezvous of a run of Weft.');
    const why = this.objection(greeting);
    if (why !== null) {
      this.note(`Node ${greeting.node} was refused: ${why}`);
      return refuse(socket, why);
    }
    const { node, meeting, device, threads } = greeting;
    if (meeting !== undefined && device !== undefined) {
      if (meeting !== this.meeting) return void socket.destroy();
      const name = `device ${device} of node ${node}`;
      this.joined.set(node * this.options.agreed.devices + device, new RemotePeer(socket, name, threads));
    } else {
      socket.setKeepAlive(true, 10_000);
      socket.unref();
      socket.resume();
      this.present.set(node, socket);
      socket.on('close', () => {
        if (this.present.get(node) === socket) this.present.delete(node);
        this.changed();
      });
      this.note(`Node ${node} has come.`);
    }
    this.changed();
  }

  /** Waits a while for an earlier connection of a node to end: it may be that of a machine that has fallen silent. */
  private async farewell(node: number): Promise<void> {
    const { waitMs = doubtMs } = this.options;
    const end = Date.now() + Math.min(doubtMs, waitMs);
    while (this.present.has(node) && Date.now() < end) await new Promise((resolve) => setTimeout(resolve, 100));
  }

  /** Why a node cannot take part, or null. */
  private objection(greeting: Greeting): string | null {
    const { weft, digests, nodes, devices } = this.options.agreed;
    const { node, meeting } = greeting;
    if (greeting.weft !== weft) return `It has Weft ${greeting.weft}, and node 0 has ${weft}.`;
    if (greeting.nodes !== nodes) return `It was given --nodes ${greeting.nodes}, and node 0 --nodes ${nodes}.`;
    if (greeting.devices !== devices)
      return `It was given --devices ${greeting.devices}, and node 0 --devices ${devices}.`;
    const names = [...new Set([...Object.keys(digests), ...Object.keys(greeting.digests)])];
    const other = names.filter((name) => greeting.digests[name] !== digests[name]);
    if (other.length > 0)
      return `It differs from node 0 in ${someOf(other, 6)}. Give every node the same spec, and the same --batch, --seed and --set.`;
    if (!Number.isInteger(node) || node < 1 || node >= nodes)
      return `Its --rank is ${node}; beside node 0 there are ranks 1 to ${nodes - 1}.`;
    if (meeting === undefined && this.present.has(node)) return `There is a node of --rank ${node} already.`;
    return null;
  }

  /** Waits until it holds; `what` says what did not happen in time. */
  private async until(holds: () => boolean, what: () => string): Promise<void> {
    const { waitMs = 600_000, signal } = this.options;
    const end = Date.now() + waitMs;
    while (!holds()) {
      signal?.throwIfAborted();
      const left = end - Date.now();
      if (left <= 0) throw lost(`${what()} within ${Math.round(waitMs / 1000)} s.`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.changed = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  private note(text: string): void {
    this.options.onNote?.(text);
  }
}

function refuse(socket: Socket, refused: string): void {
  say(socket, { refused });
  socket.end();
}

/** A process of another node. */
class RemotePeer implements Peer {
  readonly pid = undefined;
  private readonly closed: Promise<void>;

  constructor(
    private readonly socket: Socket,
    private readonly name: string,
    readonly threads: number | undefined,
  ) {
    this.closed = new Promise((resolve) => socket.once('close', () => resolve()));
  }

  get input(): Writable {
    return this.socket;
  }

  get output(): Readable {
    return this.socket;
  }

  get isAlive(): boolean {
    return !this.socket.destroyed && this.socket.writable;
  }

  kill(): void {
    this.socket.destroy();
  }

  async lost(): Promise<LostProcess> {
    await this.closed;
    return lost(`The Python process for ${this.name} ended, or its connection did.`);
  }

  keepAlive(wanted: boolean): void {
    if (wanted) this.socket.ref();
    else this.socket.unref();
  }
}

/** `HOST:PORT`, or `[ADDRESS]:PORT` for an address with colons. */
export function formatRendezvous({ host, port }: Rendezvous): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

function named(nodes: readonly number[]): string {
  return nodes.length === 1 ? `node ${nodes[0]}` : `nodes ${nodes.join(', ')}`;
}

function lost(what: string): LostProcess {
  return new LostProcess(
    `${what[0].toUpperCase()}${what.slice(1)}`,
    'Look at what that node printed, and start it again with the same command; the run goes on from its last checkpoint.',
    3,
  );
}

function cannotOpen(at: Rendezvous, error: Error): WeftError {
  const place = formatRendezvous(at);
  const code = codeOf(error);
  if (code === 'EADDRINUSE')
    return new WeftError(`${place} is in use.`, 'Give all nodes another port: --rendezvous HOST:PORT.', 3);
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
    return new WeftError(
      `${place} is no address of this machine: ${error.message}`,
      'The rendezvous is at the node of --rank 0. Name an address of it that the other nodes reach.',
      3,
    );
  return new WeftError(`The rendezvous ${place} cannot be opened: ${error.message}`, null, 3);
}
