// How often the execution goes from one file of ours into another. V8 does not count that: so every
// function of src is made to tell of its call as its file is loaded.
import { registerHooks } from 'node:module';
import { getCallSites } from 'node:util';
import { type FunctionBody, functionBodies } from './functions.ts';
import { type SourceFile, sourceFolder } from './sourceFiles.ts';

let count = 0;

/** Called by every function of src, first of all. */
export function entered(): void {
  // The first is this function. Those of JavaScript itself, like `map`, are left out of the sites.
  const [, called, caller] = getCallSites(3);
  const from = caller?.scriptName ?? '';
  // Node.js, which hands us events and answers, is no file of ours.
  if (from.startsWith(sourceFolder) && from !== called?.scriptName) count++;
}

/** The calls across files since this was last asked. */
export function takeEntries(): number {
  const taken = count;
  count = 0;
  return taken;
}

/** Makes the functions of these files tell of their calls; to be called before they are imported. */
export function watchEntries(files: readonly SourceFile[]): void {
  const bodies = functionBodies(files);
  const texts = new Map(
    files.map(({ name, text }) => [sourceFolder + name, telling(text, bodies.get(name) ?? [])]),
  );
  registerHooks({
    load: (url, context, next) => {
      const source = texts.get(url);
      return source === undefined ? next(url, context) : { ...next(url, context), source };
    },
  });
}

/** The text with a call of `entered` at the beginning of every function. */
export function telling(text: string, bodies: readonly FunctionBody[]): string {
  const pieces = bodies.flatMap(({ start, end, braces }) =>
    braces
      ? [{ at: start + 1, piece: ' $entered();' }]
      : [
          { at: start, piece: '($entered(), ' },
          { at: end, piece: ')' },
        ],
  );
  const told = pieces
    .toSorted((one, other) => other.at - one.at)
    .reduce((sofar, { at, piece }) => sofar.slice(0, at) + piece + sofar.slice(at), text);
  return `${told}\nimport { entered as $entered } from '${import.meta.url}';\n`;
}
