import { createHook } from 'node:async_hooks';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from '@jest/globals';
import { writeSafetensors } from '../../src/data/safetensors';
import { openSpec } from '../../src/spec/open';
import { withDataLookedAt } from '../../src/train/look-at-data';
import { inFolder } from '../support/weft';

const spec = (data: string, text: string): string => `
model M(classes: Int = 2) {
  input noisy: image(4x4)
  input time: scalar
  input label: class(classes)
  output velocity: image(4x4) = noisy * time
}

train t of M {
  data = ${data}
  ${text}
  objective = rectified_flow(time: uniform())
  optimizer = adamw(rate: 1e-4)
  batch = 2
  steps = 2
}
`;

const texts = 'text = text(encoder: words, length: 4)';

it.each<[string, readonly string[], string, readonly string[]]>([
  ['nothing to tell', ['a/1.png', 'b/1.JPG'], '', []],
  ['no folder', [], '', ['data-refused: The folder of pictures FOLDER does not exist.']],
  ['no pictures', ['a/1.txt'], '', ['data-refused: The folder FOLDER holds no pictures.']],
  [
    'parts of a data set',
    ['train/a/1.png', 'val/a/1.png'],
    '',
    [
      'data-refused: The subfolders train and val of FOLDER are parts of a data set; as they stand they would be taken for classes.',
    ],
  ],
  [
    'classes of very different sizes',
    [...Array.from({ length: 20 }, (_, i) => `a/${i}.png`), 'b/1.png', 'b/2.png'],
    '',
    ['data-told: Classes differ in size: 20 pictures of a, 2 of b.'],
  ],
  [
    'classes of somewhat different sizes',
    [...Array.from({ length: 19 }, (_, i) => `a/${i}.png`), 'b/1.png', 'b/2.png'],
    '',
    [],
  ],
  ['fewer classes', ['a/1.png'], '', ['data-told: The data have 1 class, but M knows 2.']],
  ['more classes', ['a/1.png', 'b/1.png', 'c/1.png'], '', ['data-told: The data have 3 classes, but M knows 2.']],
  [
    'a class without pictures',
    ['a/1.png', 'b/1.psd'],
    '',
    ['data-told: 1 file was not read: 1 .psd.', 'data-told: Class b has no picture of a kind that is read.'],
  ],
  [
    'missing captions',
    ['a/1.png', 'a/2.png', 'a/2.CAPTION', 'b/1.png', 'b/1.png.txt'],
    texts,
    ['data-told: 1 of 3 pictures has no caption, and the name of their class stands in for it: a/1.png.'],
  ],
])('tells of %s', (_, files, text, wanted) =>
  inFolder(async (root) => {
    for (const name of files) {
      mkdirSync(dirname(join(root, 'pics', name)), { recursive: true });
      writeFileSync(join(root, 'pics', name), '');
    }
    const path = join(root, 'a.weft');
    writeFileSync(path, spec('folder("pics")', text));
    const { diagnostics } = await withDataLookedAt(openSpec(path));
    const told = diagnostics.map(({ code, message }) => `${code}: ${message.replaceAll(join(root, 'pics'), 'FOLDER')}`);
    expect(told).toEqual(wanted);
    for (const { severity, span } of diagnostics) {
      expect([severity, span.source.text.slice(span.start, span.end)]).toEqual(['warning', 'folder("pics")']);
    }
  }),
);

it('looks at latents', () =>
  inFolder(async (root) => {
    mkdirSync(join(root, 'l'));
    writeFileSync(join(root, 'l', 'a.pt'), '');
    const path = join(root, 'a.weft');
    writeFileSync(path, spec('latents("l")', ''));
    const [first] = (await withDataLookedAt(openSpec(path))).diagnostics;
    expect(first.message).toBe(`The folder ${join(root, 'l')} holds no latents.`);
  }));

const start = (from: string): string => spec('scenes(4)', `from = "${from}"`);

it.each([
  ['a missing file', 'no.safetensors', /no\.safetensors does not exist/],
  ['a folder without weights', 'empty', /empty/],
  ['what is no weights', 'notes.pt', /notes\.pt/],
])('looks at the weights to start from: %s', (_, from, wanted) =>
  inFolder(async (root) => {
    mkdirSync(join(root, 'empty'));
    writeFileSync(join(root, 'notes.pt'), 'text');
    const path = join(root, 'a.weft');
    writeFileSync(path, start(from).replace('noisy * time', 'linear(noisy, 4)'));
    const { diagnostics } = await withDataLookedAt(openSpec(path));
    expect(diagnostics.map(({ code }) => code)).toEqual(['data-refused']);
    const [{ message, span }] = diagnostics;
    expect([message, span.source.text.slice(span.start, span.end)]).toEqual([
      expect.stringMatching(wanted),
      `"${from}"`,
    ]);
  }),
);

const model = `model M(width: Int = 4) {
  input noisy: image(4x4)
  input time: time(noise: 0, data: 1)
  input text: text(length: 4, width: 8)
  tap tokens = rearrange(noisy, "c h w -> (h w) c")
  let mixed = linear(linear(tokens, width) @a, 3) @b
  output velocity: image(4x4) = rearrange(mixed, "(h w) c -> c h w", h: 4) * time + mean(text) * 0
}
model Encoder(depth: Int = 1) {
  input image: image(8x8)
  output tokens: [16, 4] = linear(rearrange(image, "c (h p) (w q) -> (h w) (c p q)", p: 2, q: 2), 4) @to
}
`;

async function written(recipe: string, sample = ''): Promise<string[]> {
  return inFolder(async (root) => {
    await writeSafetensors(join(root, 'w.safetensors'), {
      'a.weight': { shape: [4, 3], dtype: 'f32', data: new Float32Array(12) },
      'other.weight': { shape: [4, 3], dtype: 'f32', data: new Float32Array(12) },
    });
    const path = join(root, 'a.weft');
    const data = recipe.includes('data') ? '' : 'data = scenes(4)';
    const text = recipe.includes('text') ? '' : 'text = text(encoder: words, length: 4)';
    writeFileSync(
      path,
      `${model}train t of M { ${data} ${text} ${recipe}
  objective = rectified_flow(time: uniform())  optimizer = adamw(rate: 1e-4)  batch = 2  steps = 2  clip = norm(1) }
${sample}`,
    );
    const { diagnostics } = await withDataLookedAt(openSpec(path));
    return diagnostics.map(
      ({ severity, message, span }) =>
        `${severity} at ${span.source.text.slice(span.start, span.end)}: ${message.replaceAll(root, 'ROOT').split('\n')[0]}`,
    );
  });
}

const sampled = (weights: string): string =>
  `sample t of M { solver = euler(steps: 2)  guidance = auto(2, weights: "${weights}") }`;

it.each<[string, string, string, readonly (string | RegExp)[]]>([
  [
    'a weaker model that is not there',
    '',
    sampled('no.safetensors'),
    [/^warning at "no.safetensors": .*does not exist/],
  ],
  ['a weaker model that does not fit', '', sampled('w.safetensors'), [/^warning at "w.safetensors": .*do not fit/]],
  [
    'an encoder of texts that is not there',
    'text = text(encoder: gemma2, length: 4, weights: "gemma")',
    '',
    [/^warning at "gemma": The text encoder gemma2 is to be read from ROOT\/gemma, which does not exist/],
  ],
  [
    'an encoder of texts of another width',
    'text = text(encoder: minilm, length: 4)',
    '',
    [/^warning at text\(.*\): The encoder minilm gives 384 numbers a token, but the model reads 8\.$/],
  ],
  [
    'a teacher that is not there',
    'align = repa(teacher: "dino.onnx", at: tokens, weight: 0.5, width: 4)',
    '',
    [/^warning at "dino.onnx": The image encoder ROOT\/dino.onnx .* does not exist/],
  ],
  [
    'weights of a teacher that are not there',
    'align = repa(teacher: Encoder, weights: "no.safetensors", at: tokens, weight: 0.5, width: 4)',
    '',
    [/^warning at "no.safetensors": The weights ROOT\/no.safetensors of the image encoder Encoder do not exist/],
  ],
  [
    'weights of a teacher that do not fit',
    'align = repa(teacher: Encoder, weights: "w.safetensors", at: tokens, weight: 0.5, width: 4)',
    '',
    [/^warning at "w.safetensors": .*do not fit/],
  ],
  [
    'a group of emoji that does not exist',
    'data = emoji(twemoji, groups: ["Flags", "Food & Drnk"])',
    '',
    [/^warning at \["Flags", "Food & Drnk"\]: There is no group "Food & Drnk" in these emoji styles\.$/],
  ],
  ['emoji that are there', 'data = emoji(twemoji, groups: ["food-drink"])', '', []],
])('looks at what a recipe names: %s', async (_, recipe, sample, wanted) => {
  expect(await written(recipe, sample)).toEqual(
    wanted.map((w) => (typeof w === 'string' ? w : expect.stringMatching(w))),
  );
});

it('builds a model and looks at a folder once for all recipes that name them, and tells the first of many notes', () =>
  inFolder(async (folder) => {
    const requests = async (count: number): Promise<{ built: number; asked: number; told: number }> => {
      const [start, section] = spec('folder("pictures")', '').split('train t of M');
      const text = start + Array.from({ length: count }, (_, i) => `train t${i} of M${section}`).join('');
      const { spec: opened, files } = openSpec(join(folder, 'a.weft'), { text });
      let [built, asked] = [0, 0];
      const elaborate = (name: string): ReturnType<typeof opened.elaborate> => {
        built++;
        return opened.elaborate(name);
      };
      const hook = createHook({ init: (_, type) => void (type === 'FSREQPROMISE' && asked++) }).enable();
      const { diagnostics } = await withDataLookedAt({ spec: { ...opened, elaborate }, files });
      hook.disable();
      return { built, asked, told: diagnostics.length };
    };
    mkdirSync(join(folder, 'pictures', 'a'), { recursive: true });
    writeFileSync(join(folder, 'pictures', 'a', '1.png'), '');
    const one = await requests(1);
    expect(one).toMatchObject({ built: 1, told: 1 });
    expect(one.asked).toBeGreaterThan(0);
    expect(await requests(20)).toEqual({ ...one, told: 20 });
    expect(await requests(200)).toEqual({ ...one, told: 101 });
  }));
