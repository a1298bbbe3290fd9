/** Rules that find faults the compiler does not see; how code looks is prettier's matter. */
import tseslint from 'typescript-eslint';

export default [
  { ignores: ['grammar/cst.d.ts'] },
  {
    files: ['src/**/*.ts', 'grammar/**/*.ts'],
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    languageOptions: {
      parser: tseslint.parser,
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    plugins: { '@typescript-eslint': tseslint.plugin },
    rules: {
      '@typescript-eslint/max-params': ['error', { max: 4 }],
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-unnecessary-type-assertion': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      'no-restricted-syntax': [
        'error',
        {
          selector: 'BinaryExpression[operator=/^[!=]==$/] MemberExpression[property.name="opName"]',
          message: 'Ask `is(v, op)`: it narrows the attributes, and a misspelt op does not compile.',
        },
      ],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
    },
  },
  // Where `is` itself compares.
  { files: ['src/compiler/ops/define.ts'], rules: { 'no-restricted-syntax': 'off' } },
];
