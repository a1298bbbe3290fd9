/** Tests run as native ES modules; TypeScript is stripped by esbuild. */
export default {
  testEnvironment: './test/support/environment.cjs',
  extensionsToTreatAsEsm: ['.ts', '.weft'],
  transform: { '\\.(ts|weft)$': './test/support/transform.js' },
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  testTimeout: 240_000,
  maxWorkers: 2,
};
