/** Bytes that one device receives from others in a step, in closed form; it sends as many at the same time. */

/** How devices are divided into nodes. */
export interface Fleet {
  readonly devices: number;
  readonly nodes: number;
}

/** Bytes for one device, within its node and between nodes. */
export interface Traffic {
  readonly within: number;
  readonly between: number;
}

export const noTraffic: Traffic = { within: 0, between: 0 };

/**
 * Gathers a tensor: each device has a share of it before, and all of it afterwards. With N nodes of g devices: first the devices
 * in the same position of each node exchange their shares, `(N-1)/N` of the tensor over the g networks of a node; then the
 * devices of each node exchange theirs, `(g-1)/g` of the tensor.
 */
export function gathered(bytes: number, { devices, nodes }: Fleet): Traffic {
  const perNode = devices / nodes;
  return { within: (bytes * (perNode - 1)) / perNode, between: (bytes * (nodes - 1)) / nodes / perNode };
}

/** Sums tensors and leaves each device its share of the sum: the same transfers in the opposite direction. */
export function scattered(bytes: number, fleet: Fleet): Traffic {
  return gathered(bytes, fleet);
}

/** Sums tensors and leaves all devices the whole sum: it is scattered, then gathered, `2·(n-1)/n` of it in a node of n devices. */
export function reduced(bytes: number, fleet: Fleet): Traffic {
  return sumOfTraffic([scattered(bytes, fleet), gathered(bytes, fleet)]);
}

export function sumOfTraffic(all: readonly Traffic[]): Traffic {
  return all.reduce((a, b) => ({ within: a.within + b.within, between: a.between + b.between }), noTraffic);
}

export function timesTraffic({ within, between }: Traffic, times: number): Traffic {
  return { within: within * times, between: between * times };
}
