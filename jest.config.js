/** Tests run as native ES modules; TypeScript is stripped by esbuild. */
export default {
  testEnvironment: './test/support/environment.cjs',
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '\\.ts$': './test/support/transform.js' },
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  testTimeout: 120_000,
  maxWorkers: 2,
};
