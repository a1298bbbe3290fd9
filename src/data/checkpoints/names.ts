/** Words that training code adds to the names of weights, and their meaning. */
// Tested by test/data/checkpoints/layouts.test.ts.

/** Names of wrappers around a module, which may be anywhere in a name and tell nothing about the weight. */
const wrappers = new Set([
  '_orig_mod',
  'module',
  '_module',
  '_forward_module',
  '_fsdp_wrapped_module',
  '_fpw_module',
  '_checkpoint_wrapped_module',
  '_wrapped_module',
]);

/** Words that may precede the names of a model's own weights. */
const containers = new Set([
  ...[
    'denoiser',
    'core',
    'model',
    'net',
    'network',
    'diffusion_model',
    'online',
    'online_model',
    'params',
    'state_dict',
  ],
]);

/** A name without wrapper words. The last word names the weight and stays. */
export function unwrappedName(name: string): string {
  if (!name.includes('mod')) return name;
  const words = name.split('.');
  return words.filter((word, i) => i === words.length - 1 || !wrappers.has(word)).join('.');
}

/** Whether a word says that weights are averaged: `ema`, `EMA`, `model_ema1`, `emas`, `ema_state_dict`, `shadow_params`, `avgModel`. */
export function isAveragedWord(word: string): boolean {
  const plain = word.replace(/([a-z\d])([A-Z])/g, '$1_$2').toLowerCase();
  return /(^|_)(emas?|averaged?|averages|shadows?|swa|polyak)\d*(_|$)|^avg_model|^model_avg/.test(plain);
}

/** Whether the weights at a path are averaged: `ema.ema_model`, but not `ema.online_model`, the weights that it averages. */
export function isAveragedPlace(place: string): boolean {
  const words = place.split('.');
  return words.findLastIndex(isAveragedWord) > words.findLastIndex((word) => /^online(_|$)/.test(word));
}

/** Whether a word may precede the names of a model's weights. */
export function isPrefixWord(word: string): boolean {
  return wrappers.has(word) || containers.has(word) || isAveragedWord(word);
}

/** Names of tables that an optimiser keeps for each weight, of gradients, and of weight changes: they have the names and shapes of weights. */
const besideWeights = /^((max_)?exp_avg(_sq)?|momentum(_buffer)?s?|moments?\d?|grads?|gradients?|deltas?)$/i;

/** Whether a table holds the state of something other than the model, by the words of its path; averages there (`optimizer_states.0.ema`) are the model's. */
export function isOtherTable(path: string): boolean {
  const words = path.split('.');
  const other = words.findLastIndex(
    (word) => besideWeights.test(word) || /optim|scheduler|scaler|(^|_)rng|^collected_params$|^opt(_|\d|$)/i.test(word),
  );
  return other >= 0 && words.findLastIndex(isAveragedWord) < other;
}
