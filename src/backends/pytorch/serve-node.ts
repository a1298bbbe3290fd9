/** A machine that lends its devices to a run: starts processes when node 0 says so, and carries what it sends them. */
// Tested by test/train/nodes.test.ts.
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { connect, type Socket } from 'node:net';
import { availableParallelism } from 'node:os';
import { WeftError } from '../../compiler/diagnostics/diagnostic';
import { codeOf } from '../../files/file-error';
import { onLines, readOrder, say, type Agreed, type Rendezvous } from './greeting';
import { formatRendezvous } from './nodes';
import { howItEnded, spawnServer } from './peer';

export interface NodeOptions {
  readonly at: Rendezvous;
  readonly agreed: Agreed;
  /** From 1: its `--rank`. */
  readonly node: number;
  /** Threads of each process; by default they share the cores. */
  readonly threads?: number;
  /** How long to wait for node 0 where it cannot be reached; ten minutes by default. */
  readonly waitMs?: number;
  readonly signal?: AbortSignal;
  readonly onNote?: (text: string) => void;
}

const retryMs = 1000;

/** Serves until node 0 says that the run is over. If node 0 goes away, it waits for it to come back. */
export async function serveNode(options: NodeOptions): Promise<void> {
  const { at, waitMs = 600_000, signal, onNote: note = () => {} } = options;
  const place = formatRendezvous(at);
  let since = Date.now();
  let told = false;
  while (!signal?.aborted) {
    const socket = await connected(at).catch((error: unknown) => {
      if (!mayCome(error)) throw unreachable(place, error);
      if (Date.now() - since >= waitMs) throw unreachable(place, error);
      return null;
    });
    if (!socket) {
      if (!told) note(`Waiting for node 0 at ${place}.`);
      told = true;
      await new Promise((resolve) => setTimeout(resolve, retryMs));
      continue;
    }
    note(`Joined the run at ${place}: this is node ${options.node}.`);
    const end = await serve(socket, options);
    if (end === 'done' || signal?.aborted) return;
    if (end === 'failed')
      throw new WeftError('The run ended with an error.', 'Node 0 says which; its folder has what was saved.', 3);
    note(`The connection to node 0 at ${place} is lost.`);
    [since, told] = [Date.now(), false];
  }
}

/** Does what node 0 says until it ends the run, or the connection is lost. */
function serve(socket: Socket, options: NodeOptions): Promise<'done' | 'failed' | 'lost'> {
  const { agreed, node, signal } = options;
  const devices = new Set<Device>();
  return new Promise((resolve, reject) => {
    let end: 'done' | 'failed' | 'lost' = 'lost';
    const stop = (): void => void socket.destroy();
    signal?.addEventListener('abort', stop);
    socket.setKeepAlive(true, 10_000);
    socket.on('error', () => undefined);
    socket.on('close', () => {
      signal?.removeEventListener('abort', stop);
      for (const device of devices) device.stop();
      resolve(end);
    });
    onLines(socket, (line) => {
      const order = readOrder(line);
      if (!order) return void socket.destroy();
      if ('refused' in order) {
        reject(new WeftError(`Node 0 refuses this node: ${order.refused}`, null, 2));
        socket.destroy();
      } else if ('end' in order) {
        end = order.end;
        socket.end();
      } else {
        for (const device of devices) device.stop();
        devices.clear();
        for (let i = 0; i < agreed.devices; i++) devices.add(new Device(i, order.start, options));
      }
    });
    say(socket, { ...agreed, node });
  });
}

/** One process of this node, with the connection that it is reached by. */
class Device {
  private readonly child: ChildProcessWithoutNullStreams;
  private readonly socket: Socket;
  private stopped = false;

  constructor(device: number, meeting: number, { at, agreed, node, threads, onNote: note = () => {} }: NodeOptions) {
    const { child } = spawnServer(device);
    const socket = connect(at);
    [this.child, this.socket] = [child, socket];
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-2000)));
    child.stdin.on('error', () => undefined);
    child.on('error', (error) => (said += String(error)));
    socket.on('error', () => undefined);
    const shared = threads ?? Math.max(1, Math.floor(availableParallelism() / agreed.devices));
    say(socket, { ...agreed, node, meeting, device, threads: shared });
    socket.pipe(child.stdin);
    child.stdout.pipe(socket);
    socket.on('close', () => this.stop());
    child.on('close', () => {
      if (child.exitCode !== 0 && !this.stopped)
        note(
          `The Python process for device ${device} ${howItEnded(child)}${said ? `, after saying:\n${said.trim()}` : '.'}`,
        );
      socket.destroy();
    });
  }

  stop(): void {
    this.stopped = true;
    this.socket.destroy();
    this.child.kill('SIGKILL');
  }
}

function connected(at: Rendezvous): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(at, () => {
      socket.off('error', reject);
      resolve(socket);
    });
    socket.once('error', reject);
  });
}

/** Whether waiting may help. */
function mayCome(error: unknown): boolean {
  return ['ECONNREFUSED', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH', 'ECONNRESET', 'EAI_AGAIN'].includes(
    codeOf(error) ?? '',
  );
}

function unreachable(place: string, error: unknown): WeftError {
  const why = error instanceof Error ? error.message : String(error);
  return new WeftError(
    `Node 0 cannot be reached at ${place}: ${why}`,
    'Start the node of --rank 0, and give every node the address of its machine: --rendezvous HOST:PORT.',
    3,
  );
}
