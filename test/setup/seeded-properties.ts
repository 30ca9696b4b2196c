/** Every property of fast-check starts from the seed of the run, unless it names its own. */
import fc from 'fast-check';
import { seed } from '../sizes.js';

fc.configureGlobal({ seed });
