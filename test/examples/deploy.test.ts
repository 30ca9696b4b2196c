import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';

const root = new URL('../../', import.meta.url);
const text = (path: string): string => readFileSync(new URL(path, root), 'utf8');
const MANIFESTS = ['examples/deploy/compose.yml', 'examples/deploy/kubernetes.yaml'];

/** The programs that a manifest starts, with their arguments. */
const programs = (manifest: string): string[] =>
  [...text(manifest).matchAll(/(?:command|args): \[(examples\/cluster\/[^\]]+)\]/g)]
    .map(([, list]) => list!)
    .sort();

describe('examples/deploy', () => {
  test.each(MANIFESTS)('%s starts all processes of the example', (manifest) => {
    expect(programs(manifest)).toEqual([
      'examples/cluster/gateway.ts',
      'examples/cluster/ingest.ts',
      'examples/cluster/seed.ts',
      'examples/cluster/worker.ts',
      'examples/cluster/worker.ts, standby',
    ]);
    for (const list of programs(manifest))
      expect(existsSync(new URL(list.split(',')[0]!, root)), list).toBe(true);
  });

  test.each(MANIFESTS)('the variables of %s are those that the processes read', (manifest) => {
    const given = new Set(text(manifest).match(/\bTICKMARK_[A-Z_]+|\b(?:HOST|PORT)\b/g));
    const read = text('examples/cluster/settings.ts') + text('examples/cluster/gateway.ts');
    const wanted = new Set([...read.matchAll(/process\.env\.([A-Z_]+)/g)].map(([, name]) => name!));
    expect([...given].sort()).toEqual([...wanted].sort());
  });

  test('the image has what the processes need', () => {
    for (const [, from] of text('examples/deploy/Dockerfile').matchAll(/^COPY (.+) \S+$/gm))
      for (const path of from!.split(' ')) expect(existsSync(new URL(path, root)), path).toBe(true);
  });
});
