import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const fromHere = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** Bundles a program of `pages` for a browser. `development`: frameworks with their warnings, and StrictMode doing all twice. */
export async function bundlePage(
  name: string,
  mode: 'production' | 'development' = 'production',
): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [fromHere(`pages/${name}`)],
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    platform: 'browser',
    jsx: 'automatic',
    define: {
      'process.env.NODE_ENV': JSON.stringify(mode),
      __VUE_OPTIONS_API__: 'false',
      __VUE_PROD_DEVTOOLS__: 'false',
      __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: 'false',
    },
    alias: {
      'tickmark/client': fromHere('../../src/client/index.ts'),
      'tickmark/vue': fromHere('../../src/vue/index.ts'),
      'tickmark/react': fromHere('../../src/react/index.ts'),
    },
    tsconfigRaw: { compilerOptions: { jsx: 'react-jsx', target: 'ES2022' } },
    logLevel: 'error',
  });
  return outputFiles[0]!.text;
}
