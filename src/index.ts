/**
 * Weft as a library: compile a spec, count its costs, run its programs on a backend, train, sample, export, verify.
 *
 *     const { model, recipe } = compile('specs/examples/quickstart.weft');
 *     for await (const { step, loss } of train(model, recipe!, { out: 'runs/first' })) console.log(step, loss);
 *     const weights = await loadWeights('runs/first/ema.safetensors', model);
 *     await writeImageGrid('grid.png', await sample(model, { weights }));
 *     await exportOnnx(model, { weights: 'runs/first/ema.safetensors', path: 'model.onnx' });
 *
 * What a caller can mend is thrown as a `WeftError`: its message says what is wrong, and `hint` how to mend it. Any other error is a fault
 * of Weft. Images are `[count, channels, height, width]` in about [-1, 1], weights are by path.
 *
 * @packageDocumentation
 */
export { check, compile, type Compiled, type CompileOptions } from './api/compile';
export { sample, type SampleCallOptions } from './api/sample';
export type { DrawnStep } from './sample/sample-images';
export { edit, type EditCallOptions, type EditResult } from './api/edit';
export type { Shown } from './edit/shown';
export { train, type TrainCallOptions } from './api/train';
export { planStudy, type StudyPlan } from './study/plan';
export { trainStudy, type StudyOptions } from './study/train-study';
export { renderStudyTable, type StudyTable } from './study/table';
export { exportModelToOnnx as exportOnnx, type ExportModelOptions } from './run/export-model';
export { loadOnnx as openOnnx, type OnnxModel } from './backends/onnx/runtime';
export { verifyModel as verifyOnnx, type VerifyModelOptions } from './run/verify-model';
export { exportToDiffusers, type DiffusersExportOptions } from './run/export-diffusers';
export { expectedWeights, loadWeights, type LoadOptions } from './run/load-weights';

export { costsOf, type BlockCosts, type Costs } from './compiler/report/costs';
export { memoryOf, type Memory } from './compiler/report/memory';
export { renderReport } from './compiler/report/render';

export type { Walk } from './compiler/programs/sample';
export { denoise } from './compiler/programs/denoise';
export { guided } from './compiler/programs/guided';
export { grad, loss } from './compiler/programs/loss';
export { trainStep } from './compiler/programs/train-step';
export { openSession } from './backends/open';
export type { BackendName, HostTensor, HostTensors, Session, SessionOptions } from './backends/session';

export { openWeights, type OpenWeights } from './data/checkpoints/open';
export { openSafetensors, readSafetensors, writeSafetensors } from './data/safetensors';
export { writeImageGrid } from './data/png';
export { checkScene, findThings, type FoundThing, type SceneVerdict } from './data/scene-checker';
export { renderScene, scene, type Scene, type SceneOptions } from './data/sources/scenes';
export { checkFacts, type Fact } from './data/compositions/facts';
export { composition, renderComposition, type Composition, type CompositionOptions } from './data/sources/compositions';
export { writeLossCurve } from './data/loss-curve';
export { imageNoise } from './sample/noise';
export { encodePrompts } from './text/prompts';
export type { Reading } from './text/encoder';

export { renderJson, renderText } from './compiler/diagnostics/render';
export { WeftError, type Diagnostic } from './compiler/diagnostics/diagnostic';
export { specsFolder } from './spec/shipped';
export { SpecError } from './spec/spec-error';
export type { Spec } from './compiler/compile';
export type { ModelGraph, ModelInput, StaticValue } from './compiler/lower/model';
export type { SampleSettings, TextSettings, TrainRecipe } from './compiler/recipe/index';
export type { TrainingData } from './train/batches';
export type { TrainMetrics } from './train/metrics';
export type { TrainEvent, TrainOptions } from './train/train';
export { version } from './version';
