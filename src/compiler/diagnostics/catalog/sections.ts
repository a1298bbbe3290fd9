/** Codes of sections. */
// Tested by test/diagnostics/cases.test.ts.
import { neededInput } from '../needed-input';
import { counted } from '../counted';
import { error, meant, warning, type NameFacts } from './entry';

function articled(section: string): string {
  return section === 'export' ? 'An export' : `A ${section}`;
}

export const sectionsCatalog = {
  'unknown-setting': error<NameFacts & { section: string; setting: string; known: string; advice?: string | null }>({
    title: 'No such setting',
    message: ({ section, setting }) => `${articled(section)} section has no setting \`${setting}\`.`,
    hint: ({ known, advice, ...names }) => advice || meant(names) || `It has ${known}.`,
  }),
  'duplicate-setting': error<{ setting: string }>({
    title: 'A setting is given twice',
    message: ({ setting }) => `\`${setting}\` already has a value.`,
    related: ({ setting }) => `\`${setting}\` is given here first`,
  }),
  'missing-setting': error<{ section: string; setting: string; example: string }>({
    title: 'A setting is missing',
    message: ({ section, setting }) =>
      `This ${section} section does not say \`${setting}\`, which has no default because the result depends on it.`,
    hint: ({ example }) => `For instance: ${example}.`,
  }),
  'setting-kind': error<{ setting: string; expected: string; found: string; suggestion: string }>({
    title: 'Wrong kind of value for a setting',
    message: ({ setting, expected, found }) => `\`${setting}\` takes ${expected}, but this is ${found}.`,
    hint: ({ suggestion }) => suggestion && `Did you mean ${suggestion}?`,
  }),
  'setting-name': error<
    NameFacts & {
      setting: string;
      /** `a number` */
      expected: string;
      name: string;
      /** Null for a section without hyper-parameters. */
      model: string | null;
      /** The hyper-parameters of the model. */
      known: string;
      /** The value, if there is one of this name. */
      found: string | null;
    }
  >({
    title: 'A name without a number',
    message: ({ setting, expected, name, model, found }) => {
      if (model === null)
        return `\`${setting}\` takes ${expected}, and hyper-parameters such as \`${name}\` have values only in a section \`of\` a model, or in a train section of a study.`;
      if (found === null) return `\`${setting}\` takes ${expected}, and ${model} has no hyper-parameter \`${name}\`.`;
      return `\`${setting}\` takes ${expected}, but \`${name}\` of ${model} has ${found === 'no value' ? found : `the value ${found}`}.`;
    },
    hint: ({ model, known, found, name, ...names }) => {
      if (model === null) return 'Write the number, or name the model: `train quick of Model { … }`.';
      if (found === 'no value') return `Give it a default in the model: \`${name} = …\`.`;
      if (found !== null) return /Size/.test(found) ? `Its sides are \`${name}.height\` and \`${name}.width\`.` : '';
      return meant(names) || (known ? `It has ${known}.` : 'It has none.');
    },
  }),
  'set-without-place': error<{ setting: string; whole: string }>({
    title: 'Nothing to set this in',
    message: ({ setting, whole }) => `\`${setting}\` is part of \`${whole}\`, which has no such part here.`,
    hint: ({ whole }) => `Set it whole: --set '${whole}=…'.`,
  }),
  'unreadable-setting': error<{ kind: 'name'; name: string } | { kind: 'end' | 'more'; text: string }>({
    title: 'A setting that cannot be read',
    message: (facts) => {
      if (facts.kind === 'name') return `\`${facts.name}\` is not the name of a setting.`;
      const what = facts.kind === 'end' ? 'it ends too early' : 'it goes on after the value';
      return `\`${facts.text}\` is not one value: ${what}.`;
    },
    hint: (facts) => {
      if (facts.kind === 'name') return 'Names are like `width` and `optimizer.rate`.';
      if (/^[\d.]+(e-?\d+)? *%$/.test(facts.text))
        return `A share is a number: ${Number.parseFloat(facts.text) / 100}.`;
      if (/^[1-9]\d{0,2}(,\d{3})+$/.test(facts.text))
        return `Write it without commas: ${facts.text.replaceAll(',', '')}.`;
      if (/^\d+,\d+$/.test(facts.text)) return `Write decimals with a point: ${facts.text.replace(',', '.')}.`;
      return facts.kind === 'more'
        ? 'Write each setting as key=value, each with a `--set` of its own.'
        : 'Values are like 0.9, 400k, 256x256, "text" and word(1, name: 2).';
    },
  }),
  'unknown-key': error<NameFacts & { key: string; known: string }>({
    title: 'No such setting or hyper-parameter',
    message: ({ key }) => `Nothing called \`${key}\` can be set here.`,
    hint: ({ known, ...names }) => meant(names) || `There are ${known}.`,
  }),
  'key-without-meaning': error<{ key: string; section: string; reason: string }>({
    title: 'A setting that does not apply here',
    message: ({ key, section, reason }) => `\`${key}\` is about ${section} sections, and ${reason}.`,
  }),
  'average-too-long': warning<{ ema: number; steps: number; left: number; better: number }>({
    title: 'The average is longer than the run',
    message: ({ ema, steps, left }) =>
      `\`ema\` is ${ema}, but the run has ${counted(steps, 'step')}: ${left} % of the average still comes from the initial weights.`,
    hint: ({ better }) =>
      better > 0
        ? `For a run of this length ema = ${better} is about right.`
        : 'A run of this length is too short for an average: leave `ema` out, and samples are drawn with the last weights.',
  }),
  'beyond-the-run': warning<{ what: string; steps: number; effect: string }>({
    title: 'A setting exceeds the length of the run',
    message: ({ what, steps, effect }) => `${what}, but the run has ${steps}: ${effect}.`,
  }),
  'no-clip': warning<{ kind: string; rate: number }>({
    title: 'A high rate without clipping',
    message: ({ kind, rate }) => `${kind} at a rate of ${rate} has no \`clip\`: one bad batch can ruin the run.`,
    hint: () => 'For instance: clip = norm(1.0).',
  }),
  'guidance-without-drop': warning<{ recipe: string; condition: string }>({
    title: 'Guidance by a condition that is never left out',
    message: ({ recipe, condition }) =>
      `Guidance compares with the model without its ${condition}, but \`${recipe}\` never trains it that way.`,
    hint: ({ condition }) => `For instance: drop = ${condition}(0.1) in the recipe, or no guidance.`,
  }),
  'guidance-over-nothing': error<{ model: string; kept: readonly string[] }>({
    title: 'Guidance over conditions that are never left out',
    message: ({ model, kept }) =>
      `Guidance compares with the model without a condition, but ${model} has no class and no text, and no recipe leaves out ${kept.map((name) => `\`${name}\``).join(', ')}.`,
    hint: ({ kept }) => `For instance: drop = ${kept[0]}(0.1) in its recipe, or no guidance.`,
  }),
  'steps-below-order': warning<{ solver: string; steps: number; least: number; lacks: string | null }>({
    title: 'Too few steps for the solver',
    message: ({ solver, steps, least, lacks }) =>
      lacks === null
        ? `${solver} is of second order from ${least} steps on; with ${steps} it is the same as euler.`
        : `With ${counted(steps, 'step')} ${solver} never ${lacks}, so it is of a lower order than from ${least} steps on.`,
  }),
  'idle-guidance': warning<{ idle: string }>({
    title: 'Guidance that never acts',
    message: ({ idle }) => idle,
    hint: () => 'Give the solver more steps, or guidance another interval.',
  }),
  'phase-setting': error<{ setting: string; known: string }>({
    title: 'A phase cannot change this',
    message: ({ setting }) => `\`${setting}\` is one setting for the whole run, so a phase cannot change it.`,
    hint: ({ known }) =>
      `Phases can change ${known}, and hyper-parameters of the model that none of its weights depends on.`,
  }),
  'phase-weights': error<{ setting: string; weight: string }>({
    title: 'A phase that needs other weights',
    message: ({ setting, weight }) =>
      `With this \`${setting}\` the model has other weights than the run, so it cannot go on with them. The first is ${weight}.`,
    hint: () => 'Leave it to another run, which starts `from` this one and takes the weights that fit.',
  }),
  'phase-average': error<{ kept: string; asked: string }>({
    title: 'A phase that needs another average',
    message: ({ kept, asked }) =>
      `A run keeps the averages it began with: ${kept === '' ? 'none' : kept}; this asks for ${asked}.`,
    hint: () =>
      'Only the decay of the first average can change. Write the others in each phase as they are in the recipe.',
  }),
  'snapshot-average': error<{ changes: boolean }>({
    title: 'Copies of averages that are not kept',
    message: ({ changes }) =>
      changes
        ? '`snapshot_every` copies power-function averages, and a phase changes which of them there are.'
        : '`snapshot_every` copies power-function averages, and `ema` has none.',
    hint: ({ changes }) =>
      changes
        ? 'Write the same widths in all phases.'
        : 'Write `ema = [power(0.05), power(0.1)]`, of which averages of other widths can be made, or leave `snapshot_every` out.',
  }),
  'bucket-unfit': error<{ problem: string; hint: string }>({
    title: 'A bucket that cannot be trained',
    message: ({ problem }) => problem,
    hint: ({ hint }) => hint,
  }),
  'phase-order': error<{ at: number; after: number }>({
    title: 'Phases are out of order',
    message: ({ at, after }) => `This phase begins at step ${at}, which is not after ${after}.`,
    related: ({ after }) => `the phase before begins at step ${after} here`,
  }),
  'study-setting': error<{ setting: string; model: string }>({
    title: 'A setting for studies only',
    message: ({ setting, model }) =>
      `\`${setting}\` is about the cases of an ablation or sweep, but \`${model}\` is one model.`,
    hint: () => 'Write `train name of study { … }`, or leave it out.',
  }),
  'weight-pattern': error<{ model: string; label: string; suggestion: string; known: string }>({
    title: 'No weight has this label',
    message: ({ model, label }) => `${model} has no weight with the label \`${label}\`, nor any under it.`,
    hint: ({ suggestion, known }) =>
      suggestion ? `Did you mean ${suggestion}?` : `It has ${known}; \`*\` stands for any part of a label.`,
  }),
  'freeze-all': error<{ model: string }>({
    title: 'Nothing is left to train',
    message: ({ model }) => `No weight of ${model} is left to train.`,
    hint: () => 'Freeze fewer labels, or let `train` name more.',
  }),
  'freeze-idle': error({
    title: 'Nothing more to freeze',
    message: () => 'With `adapt` the weights of the model stay as they are, so `freeze` would have no effect.',
    hint: () => 'Leave it out, or name with `train` what is trained beside the adapters.',
  }),
  'selection-idle': error<{ setting: 'train' | 'freeze'; label: string }>({
    title: 'A selection without effect',
    message: ({ setting, label }) =>
      setting === 'train'
        ? `\`freeze\` keeps all weights of \`${label}\` as they are, so \`train\` has no effect on them.`
        : `\`train\` names no weight of \`${label}\`, so these stay as they are without \`freeze\`.`,
    hint: ({ label }) => `Leave \`${label}\` out here, or change the other setting.`,
  }),
  'decay-all': error<{ model: string }>({
    title: 'Nothing is left to decay',
    message: ({ model }) => `\`except\` names every weight of ${model} that is trained, so nothing would decay.`,
    hint: () => 'Except fewer labels, or leave `decay` out.',
  }),
  'adapt-layer': error<{ model: string; label: string; known: string }>({
    title: 'No linear layer to adapt',
    message: ({ model, label }) =>
      `${model} has no linear layer at \`${label}\`, and only linear layers can have adapters.`,
    hint: ({ known }) =>
      known ? `Linear layers of the model: ${known}.` : 'The model has no linear layers: train its weights themselves.',
  }),
  'batch-parts': error<{ batch: number; accumulate: number }>({
    title: 'The batch cannot be divided evenly',
    message: ({ batch, accumulate }) =>
      `A batch of ${counted(batch, 'image')} in ${accumulate} equal parts leaves ${batch % accumulate} over.`,
    hint: ({ batch, accumulate }) => `Try a batch of ${Math.ceil(batch / accumulate) * accumulate}.`,
  }),
  'unread-condition': error<{ model: string; what: string; written: string }>({
    title: 'A condition that the model does not have',
    message: ({ model, what }) => `${model} reads no ${what}, so this would have no effect.`,
    hint: ({ written }) => `Leave \`${written}\` out.`,
  }),
  'given-missing': error<{ model: string; inputs: string; examples: string }>({
    title: 'Inputs without a source',
    message: ({ model, inputs }) =>
      `${model} is conditioned on ${inputs}, but this recipe does not say where that comes from.`,
    hint: ({ examples }) => `For instance: ${examples}.`,
  }),
  'objective-without-model': error<{ name: string }>({
    title: 'An objective that never calls the model',
    message: ({ name }) => `${name} does not call \`model\`, so it cannot train anything.`,
    hint: () => 'Call it on noisy images: `model(noisy, time: t)`.',
  }),
  'objective-loss': error<{ name: string; found: string }>({
    title: 'The loss of an objective is a number for each image',
    message: ({ name, found }) => `${name} ends in ${found}; training minimises one number for each image.`,
    hint: () => '`mean(x, axis: all)` is the mean over all elements of an image.',
  }),
  'objective-derivative': error<{ name: string; under: boolean }>({
    title: 'A loss that no weight changes',
    message: ({ name, under }) =>
      under
        ? `This is the loss of the weights under \`${name}\`, but depends on none of them, or only through \`stop\`.`
        : `The loss of ${name} depends on no weight of the model, or only through \`stop\`, so nothing would be trained.`,
    hint: ({ under }) =>
      under
        ? 'Compute it from the outputs of the blocks with these weights.'
        : 'The returned value must depend on the output of `model`.',
  }),
  'objective-path': error<{ name: string; model: string; path: string }>({
    title: 'An objective for another path',
    message: ({ name, model, path }) =>
      `${name} never reads \`path\`, so it mixes noise and data by a rule of its own; ${model} is on the path \`${path}\`, and its images are drawn along that.`,
    hint: () =>
      'Use `diffusion` of std/objectives, mix them by its block `shares(place, path)`, or let the model be on the straight path.',
  }),
  'objective-output': error<{ name: string; known: readonly string[] }>({
    title: 'An output of an objective without weights',
    message: ({ name, known }) =>
      `An output is the loss of the weights under its name, but the objective has none under \`${name}\`${known.length > 0 ? `; it has some under ${known.join(', ')}` : ''}.`,
    hint: ({ name }) =>
      `Call a block under this label: \`Judge(image) @${name}\`, or \`let ${name} = shared(x => Judge(x))\` to call it several times.`,
  }),
  'objective-tap': error<{ name: string; found: string }>({
    title: 'A tap of an objective is a number for each image',
    message: ({ name, found }) => `\`${name}\` is ${found}, which cannot be logged.`,
    hint: () => '`mean(x, axis: all)` is the mean over all elements of an image; `let` names what is not logged.',
  }),
  'batch-in-parts': error<{ parts: number }>({
    title: 'Images are compared, but the batch is computed in parts',
    message: ({ parts }) =>
      `\`over_batch\` compares all images of a step, but this step is computed in ${parts} parts.`,
    hint: () => 'Leave `accumulate` out, and train on one device; `recompute = blocks` saves memory too.',
  }),
  'objective-average': error({
    title: 'The recipe keeps no averaged weights',
    message: () => '`average` calls the model with its averaged weights, but this recipe keeps none.',
    hint: () => 'Write `ema = 0.999` in the recipe.',
  }),
  'objective-teacher': error({
    title: 'The recipe has no teacher',
    message: () => '`teacher` calls a frozen model, but this recipe names none.',
    hint: () => 'Write `teacher = frozen(Model, weights: "runs/larger")` in the recipe.',
  }),
  'teacher-condition': error<{ model: string; missing: readonly string[] }>({
    title: 'A condition that the teacher needs',
    message: ({ model, missing }) =>
      `${model} needs ${missing.map((name) => `\`${name}\``).join(', ')}, which the trained model lacks, or has in another shape.`,
    hint: ({ missing }) => `Give it in the call: teacher(noisy, time: t, ${missing[0]}: …).`,
  }),
  'teacher-differs': error<{ model: string; what: string; teacher: string; student: string }>({
    title: 'The teacher and the trained model differ',
    message: ({ model, what, teacher, student }) =>
      `${what} of the teacher ${model}: ${teacher}; of the trained model: ${student}. An objective cannot combine the two.`,
    hint: () => 'Name a teacher with the same image size, time and prediction.',
  }),
  'idle-frozen': warning<{ objective: string }>({
    title: 'A teacher that the objective does not use',
    message: ({ objective }) => `${objective} does not call \`teacher\`.`,
    hint: () => 'Leave `teacher` out of the recipe, or call `teacher(noisy, time: t)` in the objective.',
  }),
  'objective-encoded': error({
    title: 'The recipe has no encoder',
    message: () => '`encoded` gives the tokens of a frozen encoder, but this recipe names none.',
    hint: () => 'Write `align = features(teacher: "encoder.onnx", tokens: 256, width: 768)` in the recipe.',
  }),
  'idle-encoder': warning<{ objective: string }>({
    title: 'An encoder that the objective does not use',
    message: ({ objective }) =>
      `\`align = features(…)\` runs an encoder on every batch, but ${objective} does not use \`encoded()\`.`,
    hint: () =>
      'Use `encoded()` in the objective, or leave `align` out; `align = repa(at: …, teacher: …)` adds a loss of its own.',
  }),
  'declared-text': error<{ name: string; written: string }>({
    title: 'Ambiguous names in an objective or optimiser',
    message: ({ name, written }) =>
      `A run keeps the text of its objective and optimiser, with all that it uses under one name each; ${written} is declared as ${name}${name === written ? ', and so is something else' : ''}.`,
    hint: () => 'Import it under its own name, and give what is used together different names.',
  }),
  'optimizer-weight': error<{ name: string }>({
    title: 'An optimiser that does not update the weight',
    message: ({ name }) => `${name} does not set \`output weight\`, the new value of the weight.`,
    hint: () => 'Write `output weight = weight - rate * …`.',
  }),
  'optimizer-output': error<{ name: string; known: string }>({
    title: 'An output of an optimiser without a state',
    message: ({ name, known }) => `\`${name}\` is not a state of this optimiser; its outputs may be ${known}.`,
    hint: ({ name }) => `Declare it, \`input ${name}: moment\`, or name the value by \`let\`.`,
  }),
  'optimizer-state': error<{ name: string }>({
    title: 'A state of an optimiser never changes',
    message: ({ name }) => `\`${name}\` is kept from step to step, and has no new value.`,
    hint: ({ name }) => `Write \`output ${name} = …\`.`,
  }),
  'optimizer-name': error<{ name: string }>({
    title: 'A reserved name in an optimiser',
    message: ({ name }) => `\`${name}\` is given to every optimiser, so a state cannot have this name.`,
    hint: () => 'Choose another name for what is kept.',
  }),
  'optimizer-effect': error<{ what: 'tap' | 'weight' | 'draw'; name: string }>({
    title: 'Something that an optimiser cannot have',
    message: ({ what, name }) => {
      if (what === 'draw') return `\`${name}\` draws random numbers, which an optimiser cannot do.`;
      return what === 'tap'
        ? `\`tap ${name}\` would have no effect: only taps of objectives are logged.`
        : `The weight \`${name}\` that is made here would neither be trained nor saved.`;
    },
    hint: ({ what }) => {
      if (what === 'draw') return 'Draw them in the model or in its objective.';
      return what === 'tap' ? 'Write `let` in its place.' : 'Keep it from step to step: `input m: moment(start: 1)`.';
    },
  }),
  'optimizer-rate': error<{ name: string }>({
    title: 'An optimiser without a rate',
    message: ({ name }) => `${name} has no parameter \`rate\`, which warm-up, phases and schedules change.`,
    hint: ({ name }) =>
      `Declare it: \`optimizer ${name}(rate: Float, …)\`. In the body, \`rate\` is the learning rate of the step.`,
  }),
  'solver-output': error<{ name: string }>({
    title: 'A solver without a result',
    message: ({ name }) => `${name} does not set \`output noisy\`, the images after a step.`,
    hint: () => 'Write `output noisy = …`.',
  }),
  'solver-steps': error<{ name: string }>({
    title: 'A solver without steps',
    message: ({ name }) => `${name} has no parameter \`steps\`, the number of steps.`,
    hint: ({ name }) => `Declare it: \`solver ${name}(steps: Int, …)\`. The number of the step is \`index\`, from 0.`,
  }),
  'solver-without-model': error<{ name: string }>({
    title: 'A solver that never uses the model',
    message: ({ name }) => `${name} does not call \`velocity\`, so the model would have no effect.`,
    hint: () => 'For instance: `let v = velocity(noisy, index / steps)`.',
  }),
  'solver-number': error<{ name: string; step: number; steps: number; found: string }>({
    title: 'A number of a step is not finite',
    message: ({ name, step, steps, found }) =>
      `In step ${step + 1} of ${steps} (\`index\` ${step}) a number that ${name} computes from \`index\` is ${found}.`,
    hint: () =>
      'Treat the first or the last step separately, so that nothing is divided by 0: `if index == 0 { … }`, `if index + 1 == steps { … }`.',
  }),
  'state-output': error<{ name: string; kind: 'solver' | 'guidance'; known: string }>({
    title: 'An output without a state',
    message: ({ name, kind, known }) =>
      `\`${name}\` is not a state of this ${kind}${known ? `; its outputs may be ${known}` : ''}.`,
    hint: ({ name }) => `Declare it, \`input ${name}: state\`, or name the value by \`let\`.`,
  }),
  'state-unchanged': error<{ name: string }>({
    title: 'A state never changes',
    message: ({ name }) => `\`${name}\` is kept from step to step, and has no new value.`,
    hint: ({ name }) => `Write \`output ${name} = …\`.`,
  }),
  'state-name': error<{ name: string; kind: 'solver' | 'guidance' }>({
    title: 'A reserved name in a solver or guidance',
    message: ({ name, kind }) => `\`${name}\` is given to every ${kind}, so a state cannot have this name.`,
    hint: () => 'Choose another name for what is kept.',
  }),
  'walk-effect': error<{ what: 'tap' | 'weight'; name: string; kind: string }>({
    title: 'Something that a solver or guidance cannot have',
    message: ({ what, name, kind }) =>
      what === 'tap'
        ? `\`tap ${name}\` would have no effect: a ${kind} has no taps.`
        : `The weight \`${name}\` that is made in this ${kind} would never be trained.`,
    hint: ({ what }) => (what === 'tap' ? 'Write `let` in its place.' : 'Use arithmetic without weights.'),
  }),
  'guidance-value': error<{ name: string; found: string }>({
    title: 'A guidance that does not return a velocity',
    message: ({ name, found }) => `${name} returns ${found}, but a velocity has the shape of the image.`,
    hint: () => 'Return `branch()`, or a combination of several branches.',
  }),
  'guidance-without-branch': error<{ name: string }>({
    title: 'A guidance that never uses the model',
    message: ({ name }) => `${name} does not call \`branch\`, so the model would have no effect.`,
    hint: () => '`branch()` is the velocity with all conditions, `branch(none)` the one without.',
  }),
  'branch-without-nothing': error<{ model: string }>({
    title: 'A branch without conditions, but none can be left out',
    message: ({ model }) => `${model} has no class, no text, and no condition that its training left out.`,
    hint: () => 'Train it with `drop` for a condition, use another branch, or leave `guidance` out.',
  }),
  'two-averages': error<{ optimizer: string }>({
    title: 'Two averages of the weights',
    message: ({ optimizer }) =>
      `${optimizer} already keeps averaged weights for sampling, and \`ema\` would keep others.`,
    hint: () => 'Leave `ema` out.',
  }),
  'schedule-value': error<{ step: number; found: string }>({
    title: 'A schedule gives a wrong value',
    message: ({ step, found }) =>
      `At step ${step} this is ${found}, but a factor of the learning rate is a number of at least 0.`,
    hint: () => '`step` counts from 0 to `steps` - 1, `progress` goes from 0 after the warm-up to 1.',
  }),
  'open-condition': error<{ model: string; names: readonly string[] }>({
    title: 'A condition without a fixed length',
    message: ({ model, names }) =>
      `${model} reads ${names.map((n) => `\`${n}\``).join(', ')}, of any length, and no text sets this length. It can be run and exported, but not trained or sampled.`,
    hint: () => 'State the length, for instance `mask(16)`, or give the model a text input.',
  }),
  'unknown-given': error<NameFacts & { model: string; name: string; known: string }>({
    title: 'No such condition',
    message: ({ model, name }) => `${model} has no condition \`${name}\`.`,
    hint: ({ known, ...names }) =>
      meant(names) ||
      (known
        ? `It has ${known}.`
        : 'It has none: a condition is another input of the model, as in `input hint: scalar`. The noisy image, the time, the class and the text need no `given`.'),
  }),
  'duplicate-given': error<{ name: string }>({
    title: 'A condition is given twice',
    message: ({ name }) => `\`${name}\` is already given.`,
  }),
  'given-name': error<{ name: string; meaning: string }>({
    title: 'A condition with a name that means something else',
    message: ({ name, meaning }) => `\`${name}\` is ${meaning}, so no condition can have that name.`,
    hint: ({ name }) => `Give the input another name, such as \`${name}_in\`.`,
  }),
  'given-kind': error<{ name: string; expected: string }>({
    title: 'Wrong kind of value for a condition',
    message: ({ name, expected }) => `\`${name}\` takes ${expected}.`,
  }),
  'given-shape': error<{ name: string; expected: string; found: string }>({
    title: 'A condition of another shape',
    message: ({ name, expected, found }) => `\`${name}\` is ${expected}, but this is ${found}.`,
  }),
  'paired-alone': error<{ word: string }>({
    title: 'Files inside something else',
    message: ({ word }) => `\`${word}\` must be the whole value of \`given NAME =\`, with its path in quotes.`,
    hint: () => 'Give it to an input; a later `given` can then use that input.',
  }),
  'paired-shape': error<{ word: string; channels: string; found: string }>({
    title: 'Pictures for an input that takes none',
    message: ({ word, channels, found }) =>
      `\`${word}\` feeds inputs [${channels}, height, width], but this one is ${found}.`,
  }),
  'paired-form': error<{ name: string; found: string; image: string; fitting: readonly string[] }>({
    title: 'Pictures with another aspect ratio than their partners',
    message: ({ name, found, image }) =>
      `\`${name}\` is ${found} pixels and the image ${image}, which differ in aspect ratio: a picture and its partner would be cropped in different places.`,
    hint: ({ fitting }) => `Sizes with that aspect ratio: ${fitting.join(', ')}.`,
  }),
  'encode-input': error<EncodedPicture>({
    title: 'An encoder that takes something else',
    message: (facts) =>
      `${facts.model} takes ${facts.takes || 'nothing'}, but \`encode\` gives it one tensor ${facts.found}${differenceOf(facts)}.`,
    hint: (facts) => mendedPicture(facts),
  }),
  'encode-output': error<{ name: string; model: string; expected: string; outputs: string; count: number }>({
    title: 'An encoder whose output is not the condition',
    message: ({ name, model, expected, outputs, count }) =>
      `\`${name}\` is ${expected}, but ${count === 0 ? 'no output' : `each of ${count} outputs`} of ${model} has that shape: it gives ${outputs || 'nothing'}.`,
    hint: ({ expected }) => `The encoder needs one output ${expected}.`,
  }),
  'paired-data': error<{ name: string; data: string }>({
    title: 'Pictures without partners',
    message: ({ name, data }) =>
      `The pictures of \`${name}\` are matched with those of the training folder, but the data are ${data}.`,
    hint: () => 'Train on `folder("…")`, or make the condition of the image.',
  }),
  'prediction-unstated': error<{ model: string; output: string }>({
    title: 'What the output stands for is not stated',
    message: ({ model, output }) =>
      `${model} is trained or sampled here, but does not say what its output \`${output}\` stands for: the velocity, the clean image or the noise.`,
    hint: ({ output }) =>
      `Call the output \`velocity\`, \`x0\` or \`noise\`, or write \`output ${output}: image(size, predicts: velocity)\` (or x0, or noise).`,
    related: ({ output }) => `\`${output}\` is declared here`,
  }),
  'flow-input': error<{ model: string; kind: 'image' | 'time' }>({
    title: 'A model without a noisy image or a time',
    message: ({ model, kind }) => neededInput(model, kind).message,
    hint: ({ model, kind }) => neededInput(model, kind).hint,
  }),
  'predict-contradicts': error<{ model: string; output: string; stated: string; predict: string }>({
    title: 'The recipe and the model disagree about the output',
    message: ({ model, output, stated, predict }) =>
      `The output \`${output}\` of ${model} is ${stated}, but this recipe trains it to predict ${predict}.`,
    hint: ({ predict }) =>
      `Call the output \`${predict}\`, or write \`predicts: ${predict}\` in its type; the recipe need not say it.`,
    related: ({ output }) => `\`${output}\` is declared here`,
  }),
  'path-unknown': error<{ model: string; path: string }>({
    title: 'A path that is neither trained nor sampled',
    message: ({ model, path }) =>
      `${model} mixes noise and data on the path \`${path}\`, which does not say how much noise there is at which time.`,
    hint: () =>
      'If it is `straight`, `cosine` or `linear_beta`, state that; the rates of noise of DDPM are stated as `betas: linspace(0.0001, 0.02, 1000)`. Otherwise export it with `--program denoise`, and sample with the schedule it was trained for.',
    related: ({ path }) => `the path \`${path}\` is stated here`,
  }),
  'align-place': error<{ model: string; place: string; suggestion: string; known: string }>({
    title: 'Nothing to align at',
    message: ({ model, place }) => `${model} has no tap or block \`${place}\`.`,
    hint: ({ suggestion, known }) =>
      suggestion ? `Did you mean ${suggestion}?` : known && `It has tokens at ${known}.`,
  }),
  'align-layer': error<{ model: string; group: string; count: number; layer: number }>({
    title: 'Nothing to align at',
    message: ({ model, group, count, layer }) =>
      `\`${group}\` of ${model} has ${counted(count, 'block')}, so there is no ${group}[${layer}].`,
    hint: ({ group, count }) => `Blocks are counted from one: ${group}[1] to ${group}[${count}].`,
  }),
  'align-shape': error<{ model: string; place: string; shape: string; known: string }>({
    title: 'Alignment compares tokens',
    message: ({ model, place, shape }) =>
      `Alignment takes tokens [batch, tokens, width], but \`${place}\` of ${model} is ${shape}.`,
    hint: ({ known }) => known && `There are tokens at ${known}.`,
  }),
  'teacher-input': error<{ model: string; inputs: string }>({
    title: 'Not an encoder of images',
    message: ({ model, inputs }) =>
      `An encoder to align with has one input, an image of three colours, but ${model} has ${inputs || 'none'}.`,
    hint: () => 'For instance: input image: image(224x224).',
  }),
  'teacher-output': error<{ model: string; outputs: string }>({
    title: 'Not an encoder of images',
    message: ({ model, outputs }) =>
      `An encoder to align with has one output of tokens [tokens, width], but ${model} gives ${outputs}.`,
    hint: () => 'For instance: output tokens: [196, 768] = …',
  }),
  'teacher-shape': error<{
    model: string;
    wanted: { readonly tokens: number; readonly width: number };
    found: { readonly tokens: number; readonly width: number };
  }>({
    title: 'The encoder gives tokens of another shape',
    message: ({ model, wanted, found }) =>
      `This aligns with ${wanted.tokens} tokens of width ${wanted.width}, but ${model} gives ${found.tokens} of width ${found.width}.`,
    hint: ({ wanted, found }) => {
      const tokens = found.tokens === wanted.tokens ? [] : [`tokens: ${found.tokens}`];
      const width = found.width === wanted.width ? [] : [`width: ${found.width}`];
      return `Write ${[...width, ...tokens].join(', ')}.`;
    },
  }),
  'data-channels': error<{ model: string; channels: number }>({
    title: 'Wrong number of channels for pictures',
    message: ({ model, channels }) => `${model} takes ${channels} channels; pictures have 3, or 1 in grey.`,
    hint: () => 'A model of latents trains on data = latents("folder").',
  }),
  'data-refused': warning<{ problem: string; hint: string }>({
    title: 'Training cannot use some files',
    message: ({ problem }) => problem,
    hint: ({ hint }) => hint,
  }),
  'memory-short': warning<{ problem: string; hint: string }>({
    title: 'Training needs more memory than this machine has',
    message: ({ problem }) => problem,
    hint: ({ hint }) => hint,
  }),
  'memory-unread': warning<{ read: number; others: number }>({
    title: 'Memory is not checked for all recipes',
    message: ({ read, others }) =>
      `Checking whether a step fits takes a second or more, and was done for ${read} recipes; ` +
      `${counted(others, 'other, this one,', 'others, from this one on,')} ${others === 1 ? 'is' : 'are'} not checked.`,
    hint: () => 'Training refuses what does not fit before it begins; `weft inspect` shows what each needs.',
  }),
  'data-told': warning<{ note: string }>({
    title: 'Some data are skipped or changed',
    message: ({ note }) => note,
  }),
  'section-entry': error<{ section: string; entry: string; known: string }>({
    title: 'Something that this section cannot have',
    message: ({ section, entry }) => `${section.charAt(0).toUpperCase()}${section.slice(1)} sections have no ${entry}.`,
    hint: ({ known }) => `They can have ${known}.`,
  }),
  'case-not-model': error<{ name: string; found: string }>({
    title: 'A case is not a model',
    message: ({ name, found }) => `Case "${name}" should be a model with hyper-parameters, but this is ${found}.`,
    hint: () => 'For instance: case "narrow" = Model(width: 384).',
  }),
  'repeated-case': error<{ name: string }>({
    title: 'Two cases have one name',
    message: ({ name }) => `There is already a case "${name}"; each case needs its own name.`,
    hint: () => 'Give one of them another name.',
    related: ({ name }) => `case "${name}" is first written here`,
  }),
  'repeated-axis': error<{ axis: string; whole: string }>({
    title: 'An axis of a sweep is given twice',
    message: ({ axis }) => `\`${axis}\` already has values here, so that each case would set it twice.`,
    hint: ({ whole }) => `Write it once: ${whole}.`,
    related: ({ axis }) => `\`${axis}\` is given here first`,
  }),
  'repeated-value': error<{ axis: string; value: string }>({
    title: 'A value is given twice',
    message: ({ axis, value }) => `\`${axis}\` already takes ${value}, so that one case would be trained twice.`,
    hint: () => 'Leave one of them out; to train every case more than once, set `seeds` in the recipe.',
    related: ({ value }) => `${value} is given here first`,
  }),
  'cases-unread': warning<{ study: string; read: number; count: number }>({
    title: 'Not all cases are checked',
    message: ({ study, read, count }) =>
      `Building the first ${read} of ${counted(count, 'case')} of ${study} used up the limits of a check; the others are not checked.`,
    hint: ({ study }) =>
      `Training builds them all before it begins; \`weft inspect\` shows the result for each case of ${study}.`,
  }),
  'sections-unread': warning<object>({
    title: 'Not all sections are checked',
    message: () =>
      'Checking the sections before this one with their models used up the limits of a check; this one and those after it are not checked with theirs.',
    hint: () =>
      'Training and sampling check their own section whole; or split the file, so that fewer sections stand in each.',
  }),
  'axis-values': error<{ axis: string; found: string }>({
    title: 'An axis of a sweep has no values',
    message: ({ axis, found }) => `\`${axis}\` runs over a list of values, but this is ${found}.`,
    hint: ({ axis }) => `For instance: ${axis} in [1, 2, 4].`,
  }),
  'section-without-model': error<{ section: string }>({
    title: 'A section does not say which model it is about',
    message: ({ section }) => `Write \`${section} name of Model { … }\`.`,
  }),
};

/** A picture that an encoder cannot take. */
export interface EncodedPicture {
  readonly model: string;
  readonly takes: string;
  readonly found: string;
  /** The difference: channels, height to width, or that one of them is no picture. */
  readonly misfit: 'channels' | 'form' | 'inputs';
  /** [channels, height, width] that the encoder takes, and those of the picture; any shapes where one is no picture. */
  readonly wanted: readonly number[];
  readonly given: readonly number[];
}

function differenceOf({ misfit, wanted, given }: EncodedPicture): string {
  if (misfit === 'inputs') return '';
  if (misfit === 'channels') return `: ${counted(given[0], 'channel')} for ${wanted[0]}`;
  return `: ${counted(given[1], 'row')} of ${given[2]} pixels have another form than ${wanted[1]} of ${wanted[2]}`;
}

function mendedPicture({ model, misfit, wanted, given }: EncodedPicture): string {
  if (misfit === 'inputs')
    return `An encoder has one input. Change the picture, or give ${model} the hyper-parameters for it.`;
  if (misfit === 'form') {
    const stretched = `stretch it: \`resample(x, ${wanted[1]}x${wanted[2]})\``;
    // The largest part of the picture in the form that is wanted.
    const isWide = given[2] * wanted[1] > given[1] * wanted[2];
    const kept = isWide ? (given[1] * wanted[2]) / wanted[1] : (given[2] * wanted[1]) / wanted[2];
    if (!Number.isInteger(kept))
      return `A picture is only brought to another size in its own form. Pad it, or ${stretched}.`;
    const start = Math.floor((given[isWide ? 2 : 1] - kept) / 2);
    return `Cut a part out, as \`slice(x, ${start}, ${kept}, axis: ${isWide ? 2 : 1})\` does, or ${stretched}.`;
  }
  if (given[0] === 1) return `Repeat it: \`concat(${Array(wanted[0]).fill('x').join(', ')}, axis: 0)\`.`;
  if (wanted[0] === 1) return 'Take their mean: `mean(x, axis: 0, keep: true)`.';
  return `Give it a picture of ${counted(wanted[0], 'channel')}, or ${model} the hyper-parameters for this one.`;
}
