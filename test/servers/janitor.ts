import { spawn, type ChildProcess } from 'node:child_process';
import { chownSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Writable } from 'node:stream';

// Told of each child and folder, it ends and removes what is left when its input closes: also when the test run was
// killed with kill -9 and could run no code of its own. Its own session keeps it out of the terminal's Ctrl-C.
const SCRIPT = `
trap '' INT TERM HUP
pids= folders=
while read -r what item; do
  case $what in
    child) pids="$pids $item" ;;
    ended) kept=; for pid in $pids; do [ "$pid" = "$item" ] || kept="$kept $pid"; done; pids=$kept ;;
    folder) folders="$folders $item" ;;
  esac
done
[ -z "$pids" ] || kill -9 $pids
for folder in $folders; do rm -rf "$folder" || { sleep 1; rm -rf "$folder"; }; done
`;

let input: Writable | undefined;
const children = new Set<ChildProcess>();
const folders = new Set<string>();

function tell(line: string): void {
  if (!input) {
    const janitor = spawn('sh', ['-c', SCRIPT], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
    janitor.unref();
    input = janitor.stdin;
    (input as Writable & { unref(): void }).unref();
    process.once('exit', endAll);
  }
  input.write(`${line}\n`);
}

/** Sees to it that a child does not outlive this process. */
export function ownChild<Child extends ChildProcess>(child: Child): Child {
  if (child.pid === undefined) return child;
  children.add(child);
  tell(`child ${child.pid}`);
  child.once('exit', () => {
    children.delete(child);
    tell(`ended ${child.pid}`);
  });
  return child;
}

/** A new folder for temporary files in `parent`, removed at the latest with this process. */
export function ownFolder(name: string, owner?: { uid: number; gid: number }, parent = tmpdir()): string {
  mkdirSync(parent, { recursive: true });
  const folder = mkdtempSync(join(parent, `tickmark-${name}-`));
  if (owner) chownSync(folder, owner.uid, owner.gid);
  folders.add(folder);
  tell(`folder ${folder}`);
  return folder;
}

/** Removes a folder of `ownFolder` early. */
export function removeFolder(folder: string): void {
  folders.delete(folder);
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}

function endAll(): void {
  for (const child of children) child.kill('SIGKILL');
  for (const folder of folders) rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}
