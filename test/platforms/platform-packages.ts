import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { canUse, type Requirement } from '../requirements.js';

/** Where the packages are installed. */
export const INSTALLED = fileURLToPath(new URL('node_modules/', import.meta.url));

const NAMES = ['pinia', 'react-native-fetch-api', 'react-native-sse', 'whatwg-fetch'];

/** Packages that pages and apps use beside this one, in a folder of their own. */
export function platformPackages(): Requirement {
  const isThere = NAMES.every((name) => existsSync(INSTALLED + name));
  return { name: 'packages of other platforms', isThere, howToGet: 'npm ci --prefix test/platforms' };
}

/** Whether tests with them can run here. */
export function canUsePlatformPackages(): boolean {
  return canUse(platformPackages());
}
