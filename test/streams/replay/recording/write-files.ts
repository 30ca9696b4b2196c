// npx tsx test/streams/replay/recording/write-files.ts: writes the made-up recording into the files beside this one.
import { writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { makeRecording } from './make-recording.js';

for (const [name, text] of await makeRecording()) {
  const content = name.endsWith('.gz') ? gzipSync(text, { level: 9 }) : text;
  writeFileSync(new URL(name, import.meta.url), content);
}
