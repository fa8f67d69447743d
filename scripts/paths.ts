// Where things stand in this project, for the scripts.
import { dirname, join } from 'node:path';

/** The folder that holds package.json. */
export const projectRoot: string = dirname(import.meta.dirname);

/** What the scripts make and keep; ignored by git, may be deleted at any time. */
export const cacheFolder: string = join(projectRoot, '.cache');

/** The packaged extension, written by `npm run package`. */
export const vsixFile: string = join(projectRoot, 'portside.vsix');

/** The bundled command line, which also serves the sample site. */
export const commandLineFile: string = join(projectRoot, 'dist', 'cli.cjs');
