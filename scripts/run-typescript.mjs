import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The project folder, as a file URL that ends with a slash. */
export const root = new URL('../', import.meta.url);

/** Runs a child to its end, with this process's input and output unless told otherwise, and answers its exit code. */
export function run(command, args, cwd = fileURLToPath(root), stdio = 'inherit') {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, stdio });
    // The terminal interrupts the child as well: it closes in its own time, and this process outlives it.
    const ignore = () => {};
    const forward = () => child.kill('SIGTERM');
    process.on('SIGINT', ignore);
    process.on('SIGTERM', forward);
    const done = () => {
      process.off('SIGINT', ignore);
      process.off('SIGTERM', forward);
    };
    child.once('error', (error) => {
      done();
      reject(error);
    });
    child.once('exit', (code) => {
      done();
      resolve(code ?? 1);
    });
  });
}

/** Runs a TypeScript file of this project from source; `tickmark` resolves through the paths in tsconfig.json. */
export function runTypeScript(file, args, nodeFlags = []) {
  return run(process.execPath, [...nodeFlags, '--import', 'tsx', file, ...args]);
}

/** Checks the types of a project, given by its path, with the native compiler; the build has that of TypeScript 5, whose API it needs. */
export function checkTypes(project, args = [], stdio = 'inherit') {
  const tsc = fileURLToPath(new URL('node_modules/typescript-native/bin/tsc', root));
  return run(process.execPath, [tsc, '-p', project, '--noEmit', ...args], fileURLToPath(root), stdio);
}

/** Runs npm without a shell, so that no argument is quoted or split. */
export function npmCommand(args) {
  const cli = process.env.npm_execpath;
  if (cli?.endsWith('.js')) return [process.execPath, [cli, ...args]];
  return [process.platform === 'win32' ? 'npm.cmd' : 'npm', args];
}

/** Installs what a folder of the project, given by its path, has dependencies of its own for, unless that was done before. */
export async function installOnce(path) {
  const folder = new URL(path, root);
  // Written last: the folder alone is also there while npm still installs, and after an installation that was interrupted.
  if (existsSync(new URL('node_modules/.package-lock.json', folder))) return 0;
  // What npm says goes to stderr: stdout is the program's.
  return run(...npmCommand(['ci', '--no-fund', '--no-audit']), fileURLToPath(folder), ['inherit', 2, 2]);
}
