import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { root } from '../examples/child.js';
import { chapters } from './guide.js';

/** The links of a page that lead to no file of the project, or to no chapter of a page. Links to the web are left out. */
export function brokenLinks(path: string, text: string): string[] {
  const prose = text.replace(/^```.*?^```$/gms, '');
  const targets = [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target!);
  return targets.filter((target) => !/^[a-z]+:/.test(target) && !leadsSomewhere(path, text, target));
}

function leadsSomewhere(path: string, text: string, target: string): boolean {
  const [file = '', anchor] = target.split('#');
  const found = file === '' ? path : join(dirname(path), file);
  if (!existsSync(join(root, found))) return false;
  if (anchor === undefined) return true;
  return chapters(file === '' ? text : readFileSync(join(root, found), 'utf8')).includes(anchor);
}
