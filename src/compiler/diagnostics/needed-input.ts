/** The words for a model that lacks what training and sampling need. */
// Tested by test/diagnostics/cases.test.ts.

export function neededInput(
  model: string,
  kind: 'image' | 'time',
): { readonly message: string; readonly hint: string } {
  return {
    message: `${model} has no input of kind ${kind}; training and sampling need one.`,
    hint: kind === 'image' ? 'Declare `input noisy: image(size)`.' : 'Declare `input time: time(noise: 0, data: 1)`.',
  };
}
