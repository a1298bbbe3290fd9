/** The devices that a run is planned for: how many, in how many nodes, and how they are connected. */
import { counted } from '../compiler/diagnostics/counted';
import { WeftError } from '../compiler/diagnostics/diagnostic';
import { suggest } from '../compiler/diagnostics/suggest';
import { aligned } from '../compiler/report/render';
import { devices, devicesPerNode, type Device } from './devices';

export interface Machine {
  readonly device: Device;
  /** The number in all nodes together. */
  readonly devices: number;
  readonly nodes: number;
  /** Bytes of each device that a run can use. */
  readonly memory: number;
  /** Bytes per second, in each direction, from one device to others in its node. */
  readonly link: number;
  /** Bytes per second, in each direction, of one device's share of its node's network; null if there is one node. */
  readonly network: number | null;
  /** The share of their peak rates that devices and links reach, above 0 and at most 1. */
  readonly reach: number;
}

export interface MachineRequest {
  readonly device: string;
  readonly devices: number;
  readonly nodes?: number;
  /** Memory of each device, in GiB. */
  readonly memory?: number;
  /** Network rate of each node, in Gb/s. */
  readonly network?: number;
  readonly reach?: number;
}

/** The requested machine; throws if it cannot exist. */
export function machineOf({ device: name, devices: count, reach = 1, ...asked }: MachineRequest): Machine {
  const device = deviceNamed(name);
  const nodes = asked.nodes ?? Math.ceil(count / devicesPerNode);
  requireEven(count, nodes, asked.nodes !== undefined);
  if (nodes === 1 && asked.network !== undefined)
    throw new WeftError('--network joins nodes, and there is one.', 'Leave it out, or add --nodes.', 2);
  const memory = asked.memory === undefined ? device.memory * 1e9 : asked.memory * 2 ** 30;
  return {
    device,
    devices: count,
    nodes,
    memory,
    link: device.link.rate * 1e9,
    network: nodes === 1 ? null : networkOf(device, count / nodes, asked.network),
    reach,
  };
}

function requireEven(count: number, nodes: number, given: boolean): void {
  if (count % nodes === 0) return;
  const told = given ? `${nodes} nodes` : `${nodes} nodes of at most ${devicesPerNode}`;
  const near = [Math.floor(count / nodes) * nodes, Math.ceil(count / nodes) * nodes].filter((n) => n > 0);
  throw new WeftError(
    `${counted(count, 'device')} cannot be shared evenly by ${told}.`,
    `Try --devices ${near.join(' or ')}, or another number of --nodes.`,
    2,
  );
}

/** Network rate of one device, in bytes per second. */
function networkOf(device: Device, perNode: number, given: number | undefined): number {
  if (given !== undefined) return (given * 1e9) / 8 / perNode;
  if (device.network) return (device.network.rate * 1e9) / 8;
  throw new WeftError(
    `No system of the vendor says how nodes of ${device.title} are joined.`,
    'Say how fast the network of a node is: --network 100 for 100 Gb/s.',
    2,
  );
}

/** Finds a device by its name, ignoring case, spaces and punctuation: `RTX 4090`, `rtx4090`. */
function deviceNamed(name: string): Device {
  const plain = (text: string): string => text.toLowerCase().replace(/[^a-z0-9]/g, '');
  const found = devices.find((d) => plain(d.name) === plain(name));
  if (found) return found;
  const near = suggest(
    name,
    devices.map((d) => d.name),
  );
  const ask = near.length > 0 ? `Did you mean ${near.join(' or ')}? ` : '';
  throw new WeftError(
    `No device is called "${name}".`,
    `${ask}These are known, each with a source in src/layouts/devices.ts; --memory sets another memory:\n${deviceTable()}`,
    2,
  );
}

/** One line for each device. */
export function deviceTable(): string {
  const header = ['device', 'is', 'memory', 'bandwidth', 'bf16', 'f32', 'link each way'];
  const rows = devices.map((d) => [
    d.name,
    d.title,
    `${d.memory} GB`,
    `${d.bandwidth.toLocaleString('en-US')} GB/s`,
    `${d.tflops.bf16} TFLOPS`,
    `${d.tflops.f32} TFLOPS`,
    `${d.link.rate} GB/s`,
  ]);
  return aligned([header, ...rows]).join('\n');
}
