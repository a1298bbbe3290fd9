/** Edits of one attribute of synthetic scenes, and how well pictures carry them out, judged by their pixels. */
import type { ImageSize } from '../../src/data/image-set';
import { checkScene } from '../../src/data/scene-checker';
import { claims, share, type Share } from '../../src/data/scene-score';
import { captionOf, combinationsOf, type SceneAttributes } from '../../src/data/scenes/attributes';
import { renderScene, scene, type Scene } from '../../src/data/sources/scenes';

export type Attribute = (typeof claims)[number];

/** What is to change in a scene. */
export interface SceneEdit {
  readonly of: Attribute;
  readonly from: Scene;
  readonly to: SceneAttributes;
}

/** How a set of edited pictures came out. */
export interface EditScore {
  readonly edits: number;
  /** The attribute is what the edit asks for. */
  readonly changed: Share;
  /** The three others are what they were. */
  readonly kept: Share;
  readonly both: Share;
  /** Pixels more than two away from all that is drawn before and after; null where the edit may put things anywhere. */
  readonly background: {
    /** Share of its numbers that are equal byte for byte. */
    readonly equal: number;
    /** Mean absolute difference, in levels of 0 to 255. */
    readonly off: number;
  } | null;
  /** Mean absolute difference of the other pixels from the picture that the edit asks for, in levels; null where there are many such pictures. */
  readonly things: number | null;
}

/** Pixels this near to a thing may change with its edge. */
const reach = 2;

/** `count` edits of each attribute, of scenes that no run is trained on, to other scenes of the split `train`. */
export function sceneEdits(count: number, seed: number): SceneEdit[] {
  const seen = combinationsOf('train');
  return claims.flatMap((of, a) =>
    Array.from({ length: count }, (_, i): SceneEdit => {
      const from = scene(a * count + i, { seed: 1_000_003 + seed, split: 'train' });
      const others = seen.filter((to) => claims.every((claim) => (to[claim] === from[claim]) === (claim !== of)));
      return { of, from, to: others[i % others.length] };
    }),
  );
}

/** Scenes that are to stay as they are. */
export function unedited(edits: readonly SceneEdit[]): SceneEdit[] {
  return edits.map(({ of, from }) => ({ of, from, to: from }));
}

/** The pictures before the edits, bytes [edits, height, width, 3]. */
export function picturesOf(edits: readonly SceneEdit[], size: ImageSize): Uint8Array {
  return new Uint8Array(Buffer.concat(edits.map(({ from }) => renderScene(from, size))));
}

/** The picture that an edit asks for, where that is one: each thing keeps its place and its size. */
export function exactEdit({ of, from, to }: SceneEdit, size: ImageSize): Uint8Array | null {
  const moves = (of === 'count' || of === 'position') && to[of] !== from[of];
  return moves ? null : renderScene({ ...from, shape: to.shape, colour: to.colour }, size);
}

/** Judges pictures, bytes [edits, height, width, 3]. */
export function judgeEdits(edits: readonly SceneEdit[], pictures: Uint8Array, size: ImageSize): EditScore {
  const length = size.height * size.width * 3;
  let [changed, kept, both] = [0, 0, 0];
  const [ground, things] = [new Differences(), new Differences()];
  for (const [i, edit] of edits.entries()) {
    const pixels = pictures.subarray(i * length, (i + 1) * length);
    const verdict = checkScene(pixels, size, captionOf(edit.to));
    const others = claims.every((claim) => claim === edit.of || verdict[claim] === true);
    changed += Number(verdict[edit.of] === true);
    kept += Number(others);
    both += Number(others && verdict[edit.of] === true);
    const exact = exactEdit(edit, size);
    if (!exact) continue;
    const far = farFrom([renderScene(edit.from, size), exact], size);
    for (let at = 0; at < length; at++) (far[Math.floor(at / 3)] ? ground : things).add(pixels[at], exact[at]);
  }
  const of = (right: number): Share => share(right, edits.length);
  return {
    edits: edits.length,
    changed: of(changed),
    kept: of(kept),
    both: of(both),
    background: ground.count > 0 ? { equal: ground.equal / ground.count, off: ground.sum / ground.count } : null,
    things: things.count > 0 ? things.sum / things.count : null,
  };
}

class Differences {
  count = 0;
  equal = 0;
  /** Of absolute differences. */
  sum = 0;

  add(a: number, b: number): void {
    this.count++;
    this.equal += Number(a === b);
    this.sum += Math.abs(a - b);
  }
}

/** Whether each pixel is more than `reach` away from all pixels that are not white in any of the pictures. */
function farFrom(pictures: readonly Uint8Array[], { height, width }: ImageSize): boolean[] {
  const far = Array.from({ length: height * width }, () => true);
  for (let row = 0; row < height; row++)
    for (let column = 0; column < width; column++) {
      const at = (row * width + column) * 3;
      if (pictures.every((pixels) => Math.min(pixels[at], pixels[at + 1], pixels[at + 2]) === 255)) continue;
      for (let y = Math.max(0, row - reach); y <= Math.min(height - 1, row + reach); y++)
        for (let x = Math.max(0, column - reach); x <= Math.min(width - 1, column + reach); x++)
          far[y * width + x] = false;
    }
  return far;
}
