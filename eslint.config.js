import js from '@eslint/js';
import tseslint from 'typescript-eslint';

const CLOCK = 'Time is a port: take a Clock (src/core/clock.ts).';
const CHANCE = 'Chance is a port: take a seeded random source (src/core/random.ts).';

const timers = [
  'setTimeout',
  'setInterval',
  'setImmediate',
  'clearTimeout',
  'clearInterval',
  'clearImmediate',
  'queueMicrotask',
  'requestAnimationFrame',
];

const noDefaultExport = {
  selector: 'ExportDefaultDeclaration',
  message: 'Export by name, so that a thing has one name everywhere.',
};
const noStarExport = {
  selector: 'ExportAllDeclaration',
  message: 'Name what is exported, so that the public surface changes on purpose.',
};
const ambientTime = [
  {
    selector: 'NewExpression[callee.name="Date"][arguments.length=0]',
    message: CLOCK,
  },
  { selector: 'CallExpression[callee.name="Date"]', message: CLOCK },
  {
    selector:
      'MemberExpression[object.name=/^(globalThis|self)$/][property.name=/^(set|clear)(Timeout|Interval|Immediate)$/]',
    message: CLOCK,
  },
];

export default tseslint.config(
  // What examples/frameworks imports is installed by the examples themselves.
  {
    ignores: [
      'dist/',
      'coverage/',
      'api/',
      'tickmark-docs-*/',
      '**/node_modules/',
      '**/dist/',
      'examples/frameworks/',
      'docs/reference/html/',
    ],
  },
  js.configs.recommended,
  ...tseslint.configs.recommended,
  {
    rules: {
      '@typescript-eslint/consistent-type-imports': ['error', { disallowTypeAnnotations: false }],
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', caughtErrorsIgnorePattern: '^_' },
      ],
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-empty-object-type': ['error', { allowInterfaces: 'with-single-extends' }],
      'no-constant-condition': ['error', { checkLoops: false }],
      // The compiler reports undefined names, and knows the globals of each folder.
      'no-undef': 'off',
      eqeqeq: ['error', 'always', { null: 'ignore' }],
    },
  },
  {
    files: ['src/**/*.ts', 'src/**/*.tsx'],
    rules: {
      'no-console': 'error',
      'no-restricted-syntax': ['error', noDefaultExport, noStarExport],
    },
  },
  {
    files: ['src/core/**/*.ts'],
    ignores: ['src/core/clock.ts', 'src/core/random.ts'],
    rules: {
      'no-restricted-properties': [
        'error',
        { object: 'Date', property: 'now', message: CLOCK },
        { object: 'performance', property: 'now', message: CLOCK },
        { object: 'performance', property: 'timeOrigin', message: CLOCK },
        { object: 'AbortSignal', property: 'timeout', message: CLOCK },
        { object: 'Math', property: 'random', message: CHANCE },
        { object: 'crypto', property: 'randomUUID', message: CHANCE },
        { object: 'crypto', property: 'getRandomValues', message: CHANCE },
      ],
      'no-restricted-globals': ['error', ...timers.map((name) => ({ name, message: CLOCK }))],
      'no-restricted-syntax': ['error', noDefaultExport, noStarExport, ...ambientTime],
    },
  },
);
