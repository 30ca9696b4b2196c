import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { blocks } from './docs/guide.js';
import { expectToRun } from './docs/program.js';
import { needsServers, programs, readme } from './docs/readme-programs.js';
import { Child, root } from './examples/child.js';
import { SLOW_TEST_MS } from './waiting.js';

const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  scripts: Record<string, string>;
};

// Installing is what got us here, and the tests are what runs now.
const commands = blocks(readme, 'sh')
  .flatMap((text) => text.split('\n'))
  .map((line) => line.replace(/#.*/, '').replace('npm ci && ', '').trim())
  .filter((line) => line !== '' && !/^npm (install|test|run (test|bench))\b/.test(line));

describe.concurrent('the code of the README', { timeout: SLOW_TEST_MS }, () => {
  it('is TypeScript or shell', () => {
    const languages = [...readme.matchAll(/^```(\w+)\n.*?^```$/gms)].map(([, language]) => language);
    expect(new Set(languages)).toEqual(new Set(['sh', 'ts']));
  });

  it.for(programs.filter((program) => !needsServers(program)))('runs: program $number', ({ text }) =>
    expectToRun(text),
  );

  it('does the main job in fewer than 25 lines', () => {
    expect(programs[0]!.text.trim().split('\n').length).toBeLessThan(25);
    expect(programs[0]!.text).toContain('markToMarket(');
  });

  it('has commands', () => {
    expect(commands).toContain('npm run quickstart');
  });

  it.for(commands)('runs: %s', async (command) => {
    const [, name, given = ''] = /^npm run ([\w:]+)(?: -- (.*))?$/.exec(command) ?? [];
    expect(name, `${command} is not of the form npm run NAME -- ARGUMENTS`).toBeDefined();
    const [tool, ...args] = scripts[name!]!.split(' ');
    // Any free port: others may use that of the README.
    const givenArgs = given
      .replace(/--port \d+/, '--port 0')
      .split(' ')
      .filter(Boolean);
    const call = [...(tool === 'tsx' ? ['--import', 'tsx'] : []), ...args, ...givenArgs];
    // In memory, whatever servers there are.
    const child = new Child(call, { TICKMARK_POSTGRES_URL: '', TICKMARK_REDIS_URL: '' });
    // What serves a page stays until it is told to end, as by Ctrl-C. What shows prices for some seconds has shown enough.
    await child.printed('http://127.0.0.1:', 'growth');
    child.process.kill('SIGINT');
    const { code, stdout, stderr } = await child.outcome;
    expect(code, stdout + stderr).toBe(0);
    expect(stdout).not.toBe('');
  });

  it('names examples that exist', () => {
    const names = [...readme.matchAll(/npm run example -- ([\w-]+)/g)].map(([, name]) => name!);
    const missing = names.filter((name) => name !== 'NAME' && !existsSync(join(root, `examples/${name}.ts`)));
    expect(missing).toEqual([]);
  });
});
