/** Codes of elaboration: errors in values, shapes, weights and hyper-parameters, found while a model is built. */
// Tested by test/diagnostics/cases.test.ts.
import { counted } from '../counted';
import { error, meant, warning, type NameFacts } from './entry';

type Found = { found: string };

/** The hint where a name of the file stands in the place of a word, such as `all`. */
const hidden = (local = ''): string =>
  local && `\`${local}\` is bound in this body, which hides the word of that name: give it another name.`;

export const elaborateCatalog = {
  'wrong-kind': error<Found & { what: string; expected: string; local?: string }>({
    title: 'Value of the wrong kind',
    message: ({ what, found, expected }) => `${what} should be ${expected}, but this is ${found}.`,
    hint: ({ local }) => hidden(local),
    related: ({ what }) => `${what} is declared here`,
  }),
  'not-an-integer': error<Found & { what: string; nearest: string }>({
    title: 'A size is not a whole number',
    message: ({ what, found }) => `${what} must be a whole number, but ${found}.`,
    hint: ({ nearest }) => nearest,
  }),
  'unknown-word': error<Found & { what: string; words: string; suggestion: string }>({
    title: 'Not one of the allowed words',
    message: ({ what, found, words }) => `${what} is one of ${words}; this is ${found}.`,
    hint: ({ suggestion }) => suggestion && `Did you mean ${suggestion}?`,
    related: ({ what }) => `the choice for ${what} is declared here`,
  }),
  'shape-mismatch': error<Found & { what: string; expected: string; reason: string }>({
    title: 'Shapes disagree',
    message: ({ what, found, expected, reason }) =>
      `${what} should have shape ${expected}, but this has ${found}: ${reason}.`,
    related: ({ what, expected }) => `${what} is declared ${expected} here`,
  }),
  'result-shape': error<Found & { block: string; expected: string; reason: string }>({
    title: 'A block does not return the shape it promises',
    message: ({ block, found, expected, reason }) => `${block} promises ${expected}, but returns ${found}: ${reason}.`,
    related: ({ expected }) => `${expected} is promised here`,
  }),
  'broadcast-mismatch': error<{ left: string; right: string; operator: string; reason: string }>({
    title: 'Shapes do not broadcast',
    message: ({ left, right, operator, reason }) => `${left} ${operator} ${right} does not work: ${reason}.`,
    hint: ({ operator }) =>
      ['matmul', 'turned by'].includes(operator)
        ? ''
        : 'Axes are aligned from the right; each pair must be equal, or one of them 1 or missing.',
  }),
  'time-stands-still': error<{ at: string }>({
    title: 'Time does not move',
    message: ({ at }) => `The time is ${at} at the noise and at the data, so it tells the model nothing.`,
    hint: () => 'For instance: `time(noise: 0, data: 1)`.',
    related: () => 'the time at the noise',
  }),
  'two-times': error<{ name: string }>({
    title: 'A second time',
    message: ({ name }) => `\`${name}\` is a second input of the type \`time\`, but a model has only one.`,
    hint: () => 'A number that is a condition is a `scalar`.',
  }),
  'input-name-taken': error<{ written: string; name: string; emptyOf?: string }>({
    title: 'Two inputs with one name',
    message: ({ written, name, emptyOf }) =>
      emptyOf !== undefined
        ? `In programs and files \`${name}\` is what \`${emptyOf}\` is for the empty prompt.`
        : written === name
          ? `An earlier input already has the name \`${name}\` in programs and files.`
          : `In programs and files \`${written}\` has the name \`${name}\`, which an earlier input already has.`,
    hint: ({ name }) => `Give the input that is written \`${name}\` another name, such as \`${name}_in\`.`,
  }),
  'output-name-taken': error<{ input: string; name: string }>({
    title: 'An output with the name of an input',
    message: ({ input, name }) =>
      `In programs and files the input \`${input}\` has the name \`${name}\`, which this output has too.`,
    hint: ({ name }) => `Give the output another name, such as \`${name}_out\`.`,
    related: () => 'the input',
  }),
  'two-predictions': error<{ first: string; second: string }>({
    title: 'Two outputs to train',
    message: ({ first, second }) =>
      `\`${first}\` and \`${second}\` both say what they predict, but only one output can be trained and sampled.`,
    hint: () => 'Leave `predicts` out of the other.',
  }),
  'path-twice': error<object>({
    title: 'A path stated twice',
    message: () => '`betas` are the rates of noise along the path of the time, and `path` names another path.',
    hint: () => 'Leave one of them out.',
    related: () => 'the rates',
  }),
  'time-unstated': warning<{ name: string }>({
    title: 'How time runs is not stated',
    message: ({ name }) =>
      `\`${name}\` is taken to be 0 at the noise and 1 at the data; in version 0.1.0 models that read text counted from 1000 at the noise to 0.`,
    hint: ({ name }) =>
      `Write \`input ${name}: time(noise: 0, data: 1)\`, or \`time(noise: 1000, data: 0)\` for weights from before.`,
  }),
  'static-needed': error<{ what: string; local?: string }>({
    title: 'A value known at compile time is needed',
    message: ({ what }) => `${what} must be known when the model is built, but this is a tensor.`,
    hint: ({ local }) =>
      local
        ? hidden(local)
        : 'Hyper-parameters, sizes of axes and arithmetic on them are known; what flows through the model is not.',
  }),
  'operator-kinds': error<{ operator: string; left: string; right: string }>({
    title: 'Operator does not apply',
    message: ({ operator, left, right }) => {
      if (operator === '[ ]') return `An item of ${left} cannot be taken by ${right}.`;
      return left
        ? `\`${operator}\` cannot combine ${left} with ${right}.`
        : `\`${operator}\` does not apply to ${right}.`;
    },
    hint: ({ operator, left, right }) => {
      if (operator === '[ ]') return 'Tuples and lists have items, by Ints from 0; `slice` takes entries of a tensor.';
      return ['and', 'or', 'not'].includes(operator) && /^a tensor \[/m.test(`${left}\n${right}`)
        ? 'It takes true and false, as a comparison gives them: `x > 0`, `x != 0`.'
        : '';
    },
  }),
  'division-by-zero': error<{ text: string }>({
    title: 'Division by zero',
    message: ({ text }) => `${text} divides by zero.`,
  }),
  'require-failed': error<{ message: string; values: string }>({
    title: 'A requirement is not met',
    message: ({ message }) => message,
    hint: ({ values }) => values,
    related: () => 'required here',
  }),
  'ratio-not-divisor': error<{
    ratio: string;
    pixels: number;
    patch: string;
    candidates: string;
    others: number;
  }>({
    title: 'Compaction ratio does not divide the patch',
    message: ({ ratio, pixels, patch }) =>
      `A patch of ${patch} = ${pixels} pixels cannot be cut into equal windows of ${ratio.split(':')[0]}.`,
    hint: ({ candidates, others }) =>
      candidates && `Ratios that divide it: ${candidates}${others > 0 ? `, and ${counted(others, 'other')}` : ''}.`,
  }),
  'split-uneven': error<{ size: string; parts: number; axis: number }>({
    title: 'Split leaves a remainder',
    message: ({ size, parts, axis }) => `Axis ${axis} of ${size} cannot be split into ${parts} equal parts.`,
  }),
  'tuple-arity': error<{ expected: number; found: string }>({
    title: 'Wrong number of values',
    message: ({ expected, found }) => `${expected} names are bound here, but the value is ${found}.`,
  }),
  'axis-out-of-range': error<{ axis: number; rank: number; shape: string; local?: string }>({
    title: 'No such axis',
    message: ({ axis, rank, shape }) =>
      `Axis ${axis} does not exist in ${shape}, which has ${counted(rank, 'axis', 'axes')}.`,
    hint: ({ rank, local }) => {
      if (local) return hidden(local);
      if (rank === 0) return 'It is one number for each image; the batch axis is not counted.';
      if (rank === 1) return 'Its only axis is 0, or -1 counted from the end; the batch axis is not counted.';
      return `Axes go from 0 to ${rank - 1}, or from -${rank} to -1 counted from the end; the batch axis is not counted.`;
    },
  }),
  'index-out-of-range': error<{ index: number; length: number }>({
    title: 'Index out of range',
    message: ({ index, length }) => `There is no item ${index}: the value has ${length}, counted from 0.`,
  }),
  'unknown-member': error<{ member: string; of: string; suggestion: string; members: string }>({
    title: 'No such member',
    message: ({ member, of }) => `\`${member}\` is not part of ${of}.`,
    hint: ({ suggestion, members }) => (suggestion ? `Did you mean ${suggestion}?` : members),
  }),
  'shared-weight': error<{ path: string; before: string; now: string }>({
    title: 'A shared weight would have two shapes',
    message: ({ path, before, now }) =>
      `\`${path}\` was made ${before} when this was first called, and would be ${now} now.`,
    hint: () => 'Call the shared function with inputs of the same width, or do not share it.',
    related: ({ before }) => `${before} is made here first`,
  }),
  'recomputed-unlabelled': error<object>({
    title: 'A recomputed part needs a label',
    message: () =>
      'This calls a `recomputed` function without a label. The label names the part that the backward pass computes again.',
    hint: () => 'Give the call a label, as in `f(x) @name`, or bind it alone: `let name = f(x)`.',
  }),
  'unused-input': warning<{ model: string; name: string }>({
    title: 'An input that has no effect',
    message: ({ model, name }) => `No output of ${model} depends on \`${name}\`.`,
    hint: () => 'Use it, or leave it out.',
  }),
  'not-callable': error<Found & { local?: string }>({
    title: 'Not something that can be called',
    message: ({ found }) => `This is ${found}, which is not a block, a function or a word of the language.`,
    hint: ({ local = '' }) =>
      local && `\`${local}\` is bound in this body, which hides a block or word of that name: give it another name.`,
  }),
  'missing-argument': error<{ callee: string; argument: string; signature: string }>({
    title: 'An argument is missing',
    message: ({ callee, argument }) => `${callee} needs \`${argument}\`.`,
    hint: ({ signature }) => `It is declared ${signature}.`,
    related: ({ argument }) => `\`${argument}\` is declared here, without a default`,
  }),
  'unexpected-argument': error<NameFacts & { callee: string; argument: string; signature: string }>({
    title: 'No such argument',
    message: ({ callee, argument }) => `${callee} takes no ${argument}.`,
    hint: ({ signature, ...names }) => meant(names) || `It is declared ${signature}.`,
  }),
  'out-of-range': error<Found & { what: string; range: string }>({
    title: 'A number is out of range',
    message: ({ what, found, range }) => `${what} is ${found}, but must be ${range}.`,
  }),
  'not-finite': error<{ text: string; found: string }>({
    title: 'Not a number',
    message: ({ text, found }) => `${text} is ${found}, which cannot be computed with.`,
  }),
  'rearrange-pattern': error<{ pattern: string; reason: string }>({
    title: 'Rearrange pattern is malformed',
    message: ({ pattern, reason }) => `In "${pattern}": ${reason}.`,
    hint: () =>
      'A pattern looks like "n (h e) -> h n e": names for axes, parentheses for axes that are split or merged, an arrow.',
  }),
  'rearrange-shape': error<{ pattern: string; shape: string; reason: string }>({
    title: 'Rearrange pattern does not fit the tensor',
    message: ({ pattern, shape, reason }) => `"${pattern}" does not fit ${shape}: ${reason}.`,
  }),
  'slice-range': error<{ range: string; shape: string; axis: number }>({
    title: 'A slice reaches beyond its axis',
    message: ({ range, shape, axis }) => `Entries ${range} do not lie inside axis ${axis} of ${shape}.`,
  }),
  'concat-mismatch': error<{ first: string; other: string; axis: number }>({
    title: 'Tensors cannot be joined',
    message: ({ first, other, axis }) => `${first} and ${other} differ on an axis other than ${axis}.`,
  }),
  'attention-shape': error<{ query: string; key: string; value: string; reason: string }>({
    title: 'Queries, keys and values do not fit',
    message: ({ query, key, value, reason }) =>
      `Queries ${query}, keys ${key} and values ${value} do not fit: ${reason}.`,
  }),
  'label-needed': error<Found>({
    title: 'A class label is needed',
    message: ({ found }) => `embed looks up a class label, but this is ${found}.`,
    hint: () => 'Labels come from `input label: class(classes)`.',
  }),
  'pathway-tokens': error<{ pathway: string; found: string; tokens: string; expected: string }>({
    title: 'A pathway does not have the number of tokens it declares',
    message: ({ pathway, found, tokens, expected }) =>
      `Pathway ${pathway} is declared with ${tokens} = ${expected} tokens, but its value ${found} has another number.`,
    related: ({ tokens, expected }) => `${tokens} = ${expected} tokens are declared here`,
  }),
  'pathway-width': error<{ pathway: string; found: string; width: string }>({
    title: 'A pathway does not have the width it declares',
    message: ({ pathway, found, width }) =>
      `Tokens of pathway ${pathway} are declared ${width} wide, but its value is ${found}.`,
    related: ({ width }) => `the width ${width} is declared here`,
  }),
  'output-shape': error<{ output: string; found: string; expected: string; type: string }>({
    title: 'An output does not have its declared shape',
    message: ({ output, found, expected, type }) =>
      `Output ${output} is declared ${type} = ${expected}, but the value has ${found}.`,
    related: ({ expected }) => `${expected} comes from this type`,
  }),
  'prediction-shape': error<{ output: string; model: string; found: string; wanted: string }>({
    title: 'The prediction is not an image of the right size',
    message: ({ output, model, found, wanted }) =>
      `Output ${output} of ${model} is ${found}, but its noisy image is ${wanted}, so ${model} cannot be trained or sampled.`,
    hint: ({ output, wanted }) =>
      `Give ${output} the shape ${wanted}: one value for every number of the noisy image. Another output may have any shape, under a name that states no prediction.`,
  }),
  'repeat-count': error<Found>({
    title: 'Repeat needs a count',
    message: ({ found }) => `repeat needs a whole number of at least 0, but this is ${found}.`,
  }),
  'condition-not-static': error<Found>({
    title: 'Condition is not a Bool',
    message: ({ found }) => `A condition must be a Bool known at compile time, but this is ${found}.`,
  }),
  // `calledTwice`: one call makes both weights, since what it stands in is called twice under one path.
  'duplicate-weight': error<{ path: string; calledTwice: boolean }>({
    title: 'Two weights have the same path',
    message: ({ path }) => `There is already a weight at \`${path}\`.`,
    hint: ({ calledTwice }) =>
      calledTwice
        ? 'The block that makes it is called twice: give each call a label of its own, or let the calls share their weights: `let f = shared(Block)`, then `f(f(x))`.'
        : 'Give one of the calls a label: `linear(x, width) @proj`.',
    related: ({ path }) => `\`${path}\` is made here first`,
  }),
  'reserved-weight': error<{ path: string }>({
    title: 'A weight with a name that training uses',
    message: ({ path }) => `\`${path}\` is taken: training stores the number of steps under this name.`,
    hint: ({ path }) => `Give the call another label, such as \`@${path}_weight\`.`,
  }),
  'weight-size-open': error<{ path: string; shape: string }>({
    title: 'The shape of a weight is not known',
    message: ({ path, shape }) =>
      `The weight \`${path}\` would be ${shape}, but a weight has one shape for all sizes of the input.`,
    hint: () => 'Weights keep the shape they are trained in, so a size that varies cannot be part of it.',
  }),
  'size-undecided': error<{ question: string }>({
    title: 'A condition depends on a size that is not fixed',
    message: ({ question }) => `Whether ${question} depends on a size that is known only when the model runs.`,
    hint: () => 'Conditions are decided when the model is built, so that every size gets the same computation.',
  }),
  'unknown-type': error<{ type: string; suggestion: string; types: string }>({
    title: 'No such type',
    message: ({ type }) => `\`${type}\` is not a type.`,
    hint: ({ suggestion, types }) => (suggestion ? `Did you mean ${suggestion}?` : `Types are ${types}.`),
  }),
  'unknown-hyperparameter': error<NameFacts & { model: string; name: string; known: string }>({
    title: 'No such hyper-parameter',
    message: ({ model, name }) => `${model} has no hyper-parameter \`${name}\`.`,
    hint: ({ known, ...names }) => meant(names) || (known ? `It has ${known}.` : 'It has none.'),
  }),
  'missing-hyperparameter': error<{ model: string; name: string }>({
    title: 'A hyper-parameter has no value',
    message: ({ model, name }) => `${model} needs a value for \`${name}\`.`,
    hint: ({ name }) => `Give it a default, or pass it: \`--set ${name}=…\`.`,
  }),
  'unknown-model': error<{ name: string; suggestion: string; known: string }>({
    title: 'No such model',
    message: ({ name, known }) => `The file declares no model \`${name}\`; it has ${known || 'none'}.`,
    hint: ({ suggestion }) => suggestion && `Did you mean ${suggestion}?`,
  }),
  'variant-cycle': error<{ chain: string }>({
    title: 'Variants of each other',
    message: ({ chain }) => `These models are declared as variants in a circle: ${chain}.`,
  }),
  'no-output': error<{ model: string }>({
    title: 'A model without an output',
    message: ({ model }) => `${model} has no \`output\`.`,
    hint: () => 'End it with `output velocity: image(size) = …`.',
  }),
  'output-skipped': error<{ model: string }>({
    title: 'A model all of whose outputs are skipped',
    message: ({ model }) => `${model} has an \`output\` only in branches that are not taken here.`,
    hint: () => 'Write an `output` in each branch, or one after them.',
  }),
  'size-limit': error<{ what: string; found: string; limit: string }>({
    title: 'Too large to build',
    message: ({ what, found, limit }) => `${what} would be ${found}; the limit is ${limit}.`,
  }),
};
