/** How settings are written that are no choices, or that take several of them. */
import { studySettings } from '../../src/compiler/recipe/study-settings';

export const settingExamples: { readonly [section: string]: { readonly [setting: string]: readonly string[] } } = {
  train: {
    drop: ['(label(0.1), text(0.1))'],
    warmup: ['1000'],
    schedule: ['cosine', 'trapezoid(share: 0.3, end: 0.01)', 'max(0.1, 1 - step / steps)'],
    ema: ['0.9999', '[0.999, 0.9999]', 'power(0.05)', '[power(0.05), power(0.1)]'],
    precision: ['bf16'],
    recompute: ['blocks'],
    batch: ['256'],
    accumulate: ['4'],
    parallel: ['shard'],
    steps: ['400k'],
    seed: ['1'],
    checkpoint: ['1000'],
    sample_every: ['1k'],
    snapshot_every: ['500'],
    seeds: ['3'],
    from: ['"base.safetensors"'],
    train: ['("label", "*.bias")'],
    freeze: ['"blocks"'],
  },
  sample: {},
  export: {
    dynamic: ['(batch, size)'],
  },
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
  const forBuckets = setting === 'buckets' ? { data: 'folder("images")' } : {};
  const settings = {
    ...needed[section],
    ...forBuckets,
    ...(setting === 'snapshot_every' ? { ema: '[power(0.05), power(0.1)]', steps: '5000' } : {}),
    ...(readsText && section === 'train' ? forText : {}),
    [setting]: example,
  };
  return `model Example(size: Size = 8x8, width: Int = 8) {
  input noisy: image(size)
  input time:  scalar
  input label: class(10)
  ${readsText ? 'input words: text(length: 8, width: 384)\n  input mask: mask(length: 8)' : ''}
  let x = rearrange(noisy, "c h w -> (h w) c") * time |> repeat(2) linear(3) @blocks
  output velocity: image(size) = rearrange(x, "(h w) c -> c h w", h: size.height) + mean(embed(label, width) @label)${readsText ? ' + mean(mean(words)) * mean(mask)' : ''}
}

${ofStudy ? 'sweep study of Example { size in [8x8, 16x16] }\n\n' : ''}${section} example of ${ofStudy ? 'study' : 'Example'} {
${Object.entries(settings)
  .map(([name, value]) => `  ${name} = ${value}`)
  .join('\n')}
}
`;
}
