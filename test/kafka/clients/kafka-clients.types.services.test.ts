import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { canUse } from '../../requirements.js';
import { kafkaClientPackages } from '../../servers/kafka-clients.js';

const installed = fileURLToPath(new URL('../../servers/kafka-clients/', import.meta.url));
const root = fileURLToPath(new URL('../../../', import.meta.url));

const PROGRAM = `
import confluent from '@confluentinc/kafka-javascript';
import * as platformatic from '@platformatic/kafka';
import { confluentKafka, platformaticKafka } from 'tickmark/kafka';

export const one = platformaticKafka(platformatic, { clientId: 'desk', bootstrapBrokers: ['127.0.0.1:9092'] });
export const two = confluentKafka(confluent, { 'bootstrap.servers': '127.0.0.1:9092' });
`;

test.runIf(canUse(kafkaClientPackages()))('the types of the packages themselves are accepted', async () => {
  const folder = mkdtempSync(join(installed, 'types-'));
  try {
    writeFileSync(join(folder, 'program.ts'), PROGRAM);
    const config = { extends: join(root, 'tsconfig.json'), include: ['program.ts'] };
    const compilerOptions = { noEmit: true, skipLibCheck: true };
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ ...config, compilerOptions }));
    const tsc = join(root, 'node_modules/typescript/bin/tsc');
    const output = await promisify(execFile)(process.execPath, [tsc, '-p', folder]).then(
      ({ stdout }) => stdout,
      ({ stdout }: { stdout: string }) => stdout,
    );
    expect(output).toBe('');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
