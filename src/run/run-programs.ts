/** The programs of a model that `weft run` computes. They have their own file because the command line names them before anything is loaded. */
// Tested by test/cli/run-programs.test.ts.

export const runPrograms = ['denoise', 'loss', 'grad', 'vjp', 'train_step'] as const;

export type RunProgram = (typeof runPrograms)[number];
