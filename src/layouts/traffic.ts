/** Bytes that one device takes from others in a step, in closed form; it sends as many at the same time. */

/** How devices are shared out. */
export interface Fleet {
  readonly devices: number;
  readonly nodes: number;
}

/** In bytes, for one device. */
export interface Traffic {
  readonly within: number;
  readonly between: number;
}

export const noTraffic: Traffic = { within: 0, between: 0 };

/**
 * All devices come to have all of a tensor of which each has its share. First those of equal place in the nodes exchange theirs,
 * `(N-1)/N` of the tensor over the g networks of a node; then those of a node, `(g-1)/g` of it.
 */
export function gathered(bytes: number, { devices, nodes }: Fleet): Traffic {
  const perNode = devices / nodes;
  return { within: (bytes * (perNode - 1)) / perNode, between: (bytes * (nodes - 1)) / nodes / perNode };
}

/** Each device comes to have its share of a sum of tensors: the same way back. */
export function scattered(bytes: number, fleet: Fleet): Traffic {
  return gathered(bytes, fleet);
}

/** All devices come to have the sum: it is scattered, then gathered, which makes `2·(n-1)/n` of it in one node. */
export function reduced(bytes: number, fleet: Fleet): Traffic {
  return sumOfTraffic([scattered(bytes, fleet), gathered(bytes, fleet)]);
}

export function sumOfTraffic(all: readonly Traffic[]): Traffic {
  return all.reduce((a, b) => ({ within: a.within + b.within, between: a.between + b.between }), noTraffic);
}

export function timesTraffic({ within, between }: Traffic, times: number): Traffic {
  return { within: within * times, between: between * times };
}
