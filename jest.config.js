/** Tests run as native ES modules; TypeScript is stripped by esbuild. */
export default {
  testEnvironment: './test/support/environment.cjs',
  testSequencer: './test/support/sequencer.js',
  extensionsToTreatAsEsm: ['.ts', '.weft'],
  transform: { '\\.(ts|weft)$': './test/support/transform.js' },
  // Chevrotain's own bundle: every suite would read the 680 files of it and of lodash one by one.
  moduleNameMapper: { '^chevrotain$': '<rootDir>/node_modules/chevrotain/lib/chevrotain.mjs' },
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  testTimeout: 240_000,
  maxWorkers: 2,
  // Modules of finished suites stay in a worker's memory: it is replaced before that is full.
  workerIdleMemoryLimit: '1500MB',
};
