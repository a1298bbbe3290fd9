/** The frozen image encoder of an alignment, if it is a model of the language, with its weights from a file. */
import type { BackendName } from '../backends/session';
import { WeftError } from '../compiler/diagnostics/diagnostic';
import { rootsOf, topological, type Program } from '../compiler/ir/graph';
import type { ModelGraph } from '../compiler/lower/model';
import { teacherProblem, teacherProgram, type TeacherShape } from '../compiler/programs/objectives/teacher';
import { Source } from '../compiler/source';
import { fileSum } from '../files/checksums';
import { openFrozen } from '../run/frozen';
import { normalizedImages, type Teacher } from './teacher';
import { conv2d } from '../compiler/ops/convolution';
import { is } from '../compiler/ops/define';

export interface TeacherModelOptions {
  /** Images per call. */
  readonly batch: number;
  /** The training backend, so that an encoder runs where the model does. */
  readonly backend?: BackendName | 'auto';
  readonly threads?: number;
}

/** Opens an encoder for images `[batch, 3, height, width]`, which are resized bilinearly to its size. */
export async function openTeacherModel(
  encoder: ModelGraph,
  weights: string,
  wanted: TeacherShape,
  { batch, backend = 'auto', threads }: TeacherModelOptions,
): Promise<Teacher> {
  const problem = teacherProblem(encoder, wanted, { source: new Source('', ''), start: 0, end: 0 });
  if (problem) throw new WeftError(problem.message, problem.hint);
  const { program, image, tokens } = teacherProgram(encoder);
  const name = image.leaf?.kind === 'input' ? image.leaf.name : '';
  const [height, width] = image.shape.slice(2).map(Number);
  const network = { model: encoder, program };
  const session = await openFrozen(network, weights, backendFor(program, backend), { bindings: { batch }, threads });
  return {
    digest: (await fileSum(weights)).sha256,
    encode: async (images) => {
      const found = await session.run(program.name, { [name]: normalizedImages(images, height, width) });
      return found[tokens];
    },
    close: () => session.dispose(),
  };
}

/** ONNX Runtime for depthwise convolutions, which it has kernels for; other backends take many times as long. */
function backendFor(program: Program, backend: BackendName | 'auto'): BackendName | 'auto' {
  const isGrouped = topological(rootsOf(program)).some((v) => is(v, conv2d) && v.attrs.groups !== 1);
  return isGrouped ? 'onnx' : backend;
}
