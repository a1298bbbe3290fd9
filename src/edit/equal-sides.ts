/** A note on FlowEdit between two equal sides, where users expect no change: guidance alone, or the finish, changes the picture. */
// Tested by test/edit/edit-images.test.ts.
import type { HostTensors } from '../backends/session';
import type { Guidance } from '../compiler/recipe/index';
import type { EditMethod } from './method';

interface Sides {
  /** The conditions of what the pictures show, and of what they are to show. */
  readonly from: HostTensors;
  readonly to: HostTensors;
  /** The guidance towards `to`. */
  readonly guidance: Guidance | null;
  /** The scale of guidance towards `from`. */
  readonly fromGuidance: number;
}

/** Null where the sides differ, and where equal sides change nothing. */
export function equalSidesNote(
  { kind, finish }: EditMethod,
  { from, to, guidance, fromGuidance }: Sides,
): string | null {
  const scale = guidance?.scale ?? 1;
  if (kind !== 'flowedit' || (scale === fromGuidance && finish === 0) || !areEqual(from, to)) return null;
  const causes = [
    ...(scale === fromGuidance ? [] : [`guidance is ${scale} towards \`to\` and ${fromGuidance} towards \`from\``]),
    ...(finish === 0 ? [] : [`from a share of noise of ${finish} on, \`to\` alone is followed, from new noise`]),
  ];
  const ways = [
    ...(scale === fromGuidance ? [] : [`guide both sides alike: --from-guidance ${scale} (fromGuidance: ${scale})`]),
    ...(finish === 0 ? [] : ['leave out --finish (finish)']),
  ];
  return `\`from\` and \`to\` say the same, but the pictures change: ${causes.join('; and ')}. For no change ${ways.join(', and ')}.`;
}

function areEqual(a: HostTensors, b: HostTensors): boolean {
  return Object.entries(a).every(([name, { shape, data }]) => {
    const other = b[name];
    return shape.join() === other.shape.join() && data.every((x, i) => x === other.data[i]);
  });
}
