import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { nodeArguments } from './examples/child.js';
import { serversOrSkip, withOwnDatabases } from './examples/own-databases.js';

const root = fileURLToPath(new URL('../', import.meta.url));
const readme = readFileSync(join(root, 'README.md'), 'utf8');
const blocks = [...readme.matchAll(/^```(\w+)\n(.*?)^```$/gms)].map(([, language, text]) => ({
  language: language!,
  text: text!,
}));
// Inside the project, so that the compiler's paths lead `tickmark` to the sources.
const folder = mkdtempSync(join(root, 'test/readme-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function run(
  command: string,
  args: readonly string[],
  added: NodeJS.ProcessEnv = {},
): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    // A test runner's child must not take itself for a part of this run.
    const { NODE_TEST_CONTEXT: _context, VITEST: _vitest, ...env } = process.env;
    const child = execFile(
      command,
      args,
      { cwd: root, env: { ...env, ...added }, timeout: 60_000 },
      (error, stdout, stderr) => {
        resolve({ code: error ? Number(error.code ?? 1) : 0, output: stdout + stderr });
      },
    );
    // What serves a page stays until it is told to end, as by Ctrl-C.
    child.stdout!.on('data', (text: string) => {
      if (text.includes('http://127.0.0.1:')) child.kill('SIGINT');
    });
  });
}

const servers = await serversOrSkip();

describe.concurrent('the code of the README', () => {
  it('is TypeScript or shell', () => {
    expect(new Set(blocks.map(({ language }) => language))).toEqual(new Set(['sh', 'ts']));
  });

  const programs = blocks.filter(({ language }) => language === 'ts');
  const program = async (text: string, index: number, env?: NodeJS.ProcessEnv): Promise<void> => {
    const file = join(folder, `program-${index}.ts`);
    writeFileSync(file, text);
    const { code, output } = await run(process.execPath, nodeArguments(relative(root, file)), env);
    expect(output).not.toBe('');
    expect(code, output).toBe(0);
  };
  const needsServers = (text: string): boolean => text.includes('TICKMARK_REDIS_URL');
  const listed = programs.map(({ text }, index) => ({ text, index }));
  it.for(listed.filter(({ text }) => !needsServers(text)))('runs: program $index', ({ text, index }) =>
    program(text, index),
  );
  it.skipIf(!servers).for(listed.filter(({ text }) => needsServers(text)))(
    'runs on PostgreSQL and Redis: program $index',
    ({ text, index }) => withOwnDatabases(servers!, (env) => program(text, index, env)),
  );

  it('does the main job in fewer than 25 lines', () => {
    expect(programs[0]!.text.trim().split('\n').length).toBeLessThan(25);
    expect(programs[0]!.text).toContain('markToMarket(');
  });

  // Installing is what got us here, and the tests are what runs now.
  const commands = blocks
    .filter(({ language }) => language === 'sh')
    .flatMap(({ text }) => text.split('\n'))
    .map((line) => line.replace(/#.*/, '').replace('npm ci && ', '').trim())
    .filter((line) => line !== '' && line !== 'npm test' && !line.startsWith('npm install'));

  it('has commands', () => {
    expect(commands).toContain('npm run quickstart');
  });

  it.for(commands)('runs: %s', async (command, { expect }) => {
    const script = /^npm run ([\w:]+)(?: -- (.*))?$/.exec(command);
    expect(script, `${command} is not of the form npm run NAME -- ARGUMENTS`).not.toBeNull();
    const scripts = (
      JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: Record<string, string> }
    ).scripts;
    const [tool, ...args] = scripts[script![1]!]!.split(' ');
    const runner = tool === 'tsx' ? ['--import', 'tsx'] : [];
    const { code, output } = await run(process.execPath, [
      ...runner,
      ...args,
      ...(script![2]?.split(' ') ?? []),
    ]);
    expect(code, output).toBe(0);
  });

  it('names examples that exist', () => {
    for (const [, name] of readme.matchAll(/npm run example -- ([\w-]+)/g)) {
      if (name === 'NAME') continue;
      expect(() => readFileSync(join(root, `examples/${name}.ts`))).not.toThrow();
    }
  });
});
