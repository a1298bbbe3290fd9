/** The programs of a model that ONNX files can contain. They have their own file because the command line names them before anything is loaded. */
// Tested by test/backends/onnx/sample.test.ts.

/** `denoise`: one evaluation; `guided`: both branches and the guidance between them; `sample`: from noise to the image. */
export const exportedPrograms = ['denoise', 'guided', 'sample'] as const;

export type ExportedProgram = (typeof exportedPrograms)[number];
