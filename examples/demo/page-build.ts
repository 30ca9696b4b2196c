import { fileURLToPath } from 'node:url';
import vue from '@vitejs/plugin-vue';
import { build } from 'vite';

/** Files of the page, by path: `/index.html`, `/assets/…`. */
export type PageFiles = ReadonlyMap<string, string | Uint8Array>;

const fromHere = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** Builds the page for production, in memory. */
export async function buildPage(): Promise<PageFiles> {
  const built = await build({
    configFile: false,
    root: fromHere('page'),
    logLevel: 'error',
    plugins: [vue()],
    resolve: {
      alias: [
        { find: 'tickmark/client', replacement: fromHere('../../src/client/index.ts') },
        { find: 'tickmark/vue', replacement: fromHere('../../src/vue/index.ts') },
      ],
    },
    define: { __VUE_OPTIONS_API__: 'false' },
    build: { write: false, target: 'es2022', modulePreload: false },
  });
  if ('close' in built) throw new Error('Vite has started to watch instead of building.');
  const files = new Map<string, string | Uint8Array>();
  for (const { output } of [built].flat())
    for (const file of output)
      files.set(`/${file.fileName}`, file.type === 'chunk' ? file.code : file.source);
  return files;
}
