/** Runs the peers by turns and puts their times side by side, after making sure that they did the same work. */
import { Peer, peerPrograms } from './peers';
import type { PeerName, PeerTask, Precision, TurnResult } from './protocol';

export interface PeerReport {
  readonly peer: PeerName;
  readonly medianSeconds: number;
  /** The least disturbed step; far below the median on a busy machine, whose figures are then to be taken again. */
  readonly fastestSeconds: number;
  readonly quartileSeconds: readonly [number, number];
  readonly timedSteps: number;
  /** The first step, with whatever the peer compiles in it. */
  readonly firstStepSeconds: number;
  readonly peakRssBytes: number;
  readonly parameters: number;
  readonly losses: readonly number[];
  readonly moved: { readonly weights: number; readonly ema: number };
}

/** Steps of a turn that are not timed: caches and thread pools are another peer's until then. */
const warmUp = 1;
/** Untimed steps of the first turn, in which peers compile. */
const firstWarmUp = 3;
const timedPerTurn = 5;

/** Trains every peer `steps` timed steps, in rounds, so that whatever else the machine does falls on all alike. */
export async function trainByTurns(tasks: readonly PeerTask[], steps: number): Promise<readonly PeerReport[]> {
  const peers = tasks.map((task) => new Peer(task));
  const turns: TurnResult[][] = peers.map(() => []);
  const rounds = Math.ceil(steps / timedPerTurn);
  try {
    for (let round = 0; round < rounds; round++) {
      const untimed = round === 0 ? firstWarmUp : warmUp;
      for (const [i, peer] of peers.entries()) {
        turns[i]!.push(await peer.turn({ steps: untimed + timedPerTurn, last: round === rounds - 1 }));
        progress(`round ${round + 1} of ${rounds}: ${peerPrograms[peer.task.peer].title} has had its turn`);
      }
    }
  } finally {
    for (const peer of peers) peer.end();
    progress('');
  }
  return peers.map(({ task }, i) => report(task.peer, turns[i]!));
}

/** One line on a terminal, written over by the next. */
function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r${text}\x1b[K`);
}

function report(peer: PeerName, turns: readonly TurnResult[]): PeerReport {
  const timed = turns
    .flatMap((turn, i) => turn.stepSeconds.slice(i === 0 ? firstWarmUp : warmUp))
    .sort((a, b) => a - b);
  const last = turns.at(-1)!;
  return {
    peer,
    medianSeconds: quantile(timed, 0.5),
    fastestSeconds: timed[0]!,
    quartileSeconds: [quantile(timed, 0.25), quantile(timed, 0.75)],
    timedSteps: timed.length,
    firstStepSeconds: turns[0]!.stepSeconds[0]!,
    peakRssBytes: last.peakRssBytes,
    parameters: last.parameters,
    losses: turns.flatMap((turn) => turn.losses),
    moved: last.moved!,
  };
}

/** Linear between the two nearest of sorted values. */
export function quantile(sorted: readonly number[], q: number): number {
  const at = q * (sorted.length - 1);
  const below = Math.floor(at);
  return sorted[below]! + (at - below) * (sorted[Math.ceil(at)]! - sorted[below]!);
}

/** How far two peers' losses and moved distances may be apart, relatively: what rounding of that precision explains. */
const tolerance: { readonly [p in Precision]: { readonly loss: number; readonly moved: number } } = {
  f32: { loss: 1e-3, moved: 1e-2 },
  bf16: { loss: 1e-2, moved: 5e-2 },
};

/** Says how the peers' work differs; empty when their speeds may be compared. The first report is the yardstick. */
export function differences(reports: readonly PeerReport[], precision: Precision): readonly string[] {
  const [first, ...others] = reports;
  if (!first) return [];
  const { loss, moved } = tolerance[precision];
  return others.flatMap((other) => {
    const found: string[] = [];
    const differs = (what: string, got: number, want: number, most: number) => {
      const apart = Math.abs(got - want) / Math.abs(want);
      if (!(apart <= most))
        found.push(`${other.peer}: ${what} is ${got}, but ${want} in ${first.peer} (${apart.toExponential(1)} apart)`);
    };
    differs('the number of parameters', other.parameters, first.parameters, 0);
    other.losses.forEach((value, i) => differs(`the loss of step ${i + 1}`, value, first.losses[i]!, loss));
    differs('the distance the weights moved', other.moved.weights, first.moved.weights, moved);
    differs('the distance the averaged weights moved', other.moved.ema, first.moved.ema, moved);
    return found;
  });
}
