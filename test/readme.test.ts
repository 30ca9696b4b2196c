import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { blocks } from './docs/guide.js';
import { programs, readPage } from './docs/pages.js';
import { Child, root } from './examples/child.js';
import { SLOW_TEST_MS } from './waiting.js';

const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  scripts: Record<string, string>;
};
const readme = readPage('README.md').text;
const examples = readPage('examples/README.md').text;

/** Lines of the shell blocks of a page, without comments. */
const commandLines = (text: string): string[] =>
  blocks(text, 'sh')
    .flatMap((block) => block.split('\n'))
    .map((line) => line.replace(/#.*/, '').trim())
    .filter((line) => line !== '');

// Installing is what got us here, the tests are what runs now, and examples have tests of their own.
const ELSEWHERE = /^(npm (init|install|test|run (test|bench|example))|git clone|docker) ?/;
const commands = [...commandLines(readme), ...commandLines(examples)]
  .map((line) => line.replace('npm ci && ', ''))
  .filter((line) => !ELSEWHERE.test(line));

describe.concurrent('the README', { timeout: SLOW_TEST_MS }, () => {
  it('has code in TypeScript and shell only', () => {
    const languages = [...readme.matchAll(/^```(\w+)\n.*?^```$/gms)].map(([, language]) => language);
    expect(new Set(languages)).toEqual(new Set(['sh', 'ts']));
  });

  it('is read in a few minutes: at most 150 lines', () => {
    expect(readme.trimEnd().split('\n').length).toBeLessThanOrEqual(150);
  });

  it('shows the main job in fewer than 25 lines', () => {
    const [first] = programs.filter(({ page }) => page === 'README.md');
    expect(first!.text.trim().split('\n').length).toBeLessThan(25);
    expect(first!.text).toContain('markToMarket(');
  });

  it('says how to start from a clone', () => {
    expect(commandLines(readme)).toEqual(
      expect.arrayContaining(['npm install tickmark', 'npm ci && npm run quickstart', 'npm ci && npm test']),
    );
  });

  it.for([...new Set(commands)])('has commands that run: %s', async (command) => {
    const [, name, given = ''] = /^npm run ([\w:]+)(?: -- (.*))?$/.exec(command) ?? [];
    expect(name, `${command} is not of the form npm run NAME -- ARGUMENTS`).toBeDefined();
    const [tool, ...args] = scripts[name!]!.split(' ');
    // Any free port: others may use that of the page.
    const givenArgs = given
      .replace(/--port \d+/, '--port 0')
      .split(' ')
      .filter(Boolean);
    const call = [...(tool === 'tsx' ? ['--import', 'tsx'] : []), ...args, ...givenArgs];
    // In memory, whatever servers there are.
    const child = new Child(call, { TICKMARK_POSTGRES_URL: '', TICKMARK_REDIS_URL: '' });
    // What serves a page runs until Ctrl-C. What shows prices for some seconds has shown enough.
    await child.printed('http://127.0.0.1:', 'growth');
    child.process.kill('SIGINT');
    const { code, stdout, stderr } = await child.outcome;
    expect(code, stdout + stderr).toBe(0);
    expect(stdout).not.toBe('');
  });

  it('names examples that exist', () => {
    const names = [...(readme + examples).matchAll(/npm run example -- ([\w/-]+)/g)].map(([, name]) => name!);
    const missing = names.filter((name) => name !== 'NAME' && !existsSync(join(root, `examples/${name}.ts`)));
    expect(missing).toEqual([]);
  });
});
