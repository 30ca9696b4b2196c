import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { canUse, type Requirement } from '../requirements.js';

/** The frameworks with a sample in examples/frameworks. */
export const FRAMEWORKS = ['next', 'nuxt'] as const;
export type Framework = (typeof FRAMEWORKS)[number];

const root = new URL('../../', import.meta.url);

/** The folder of the sample. */
export function folderOf(framework: Framework): string {
  return fileURLToPath(new URL(`examples/frameworks/${framework}`, root));
}

/** A framework, in the folder of its sample, and the build of this project that the sample uses. */
export function frameworkOf(framework: Framework): Requirement {
  const isInstalled = existsSync(`${folderOf(framework)}/node_modules/${framework}`);
  const isThere = isInstalled && existsSync(new URL('dist/client/index.js', root));
  const howToGet = `npm ci --prefix examples/frameworks/${framework}, and npm run build`;
  return { name: framework === 'next' ? 'Next' : 'Nuxt', isThere, howToGet };
}

/** Whether the sample of a framework can run here. */
export function canUseFramework(framework: Framework): boolean {
  return canUse(frameworkOf(framework));
}
