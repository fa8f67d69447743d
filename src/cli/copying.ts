import { readTemporaryName } from '../session/temporaryNames.ts';
import {
  type Copy,
  type CopyObserver,
  copyTrees,
  NotCopiedError,
  SideLostError,
  type Sides,
} from '../sync/copyTree.ts';
import type { SideEntry } from '../sync/side.ts';
import { type OpenSite, whyNoServer } from './site.ts';
import type { Tally } from './tally.ts';

/** What one verb copies, and how it speaks of it. */
export interface CopyRequest<P extends string, Q extends string> {
  readonly sides: Sides<P, Q>;
  readonly copies: readonly Copy<P, Q>[];
  readonly tally: Tally;
  /** What the user asked for cannot have its name on the other side. */
  readonly unfitName: (error: NotCopiedError) => string;
}

// The session decides how many of them are really under way.
const atOnce = 256;

/** Copies them and tells what was not copied. Tries nothing more when the server is lost. */
export async function copyAll<P extends string, Q extends string>(
  site: OpenSite,
  { sides, copies, tally, unfitName }: CopyRequest<P, Q>,
): Promise<void> {
  const { signal } = site;
  const observer: CopyObserver = {
    leftOut: (entry) => tally.skip(leftOutSentence(entry)),
    failed: (_, error) => {
      const isOurs = error instanceof NotCopiedError;
      tally.fail(isOurs ? notCopiedSentence(error, unfitName) : site.sentence(error));
    },
    missed: (path, kind) => tally.miss(path, kind),
  };
  let lost: SideLostError | undefined;
  try {
    for (const some of inTurns(copies)) {
      if (!lost) lost = await lossIn(copyTrees(sides, some, { signal, atOnce, observer }));
      else missAll(tally, some);
    }
  } finally {
    tally.tellMissed();
  }
  if (lost) tally.fail(`${lost.message} ${site.sentence(whyNoServer(lost.cause))}`);
}

function missAll(tally: Tally, copies: readonly Copy<string, string>[]): void {
  for (const { source, recursive } of copies) tally.miss(source, recursive ? 'folder' : 'file');
}

/** Those that go to places of their own are copied together, others in their order: the last one stays. */
function inTurns<P extends string, Q extends string>(
  copies: readonly Copy<P, Q>[],
): (readonly Copy<P, Q>[])[] {
  const names = copies.map(({ into, name }) =>
    into ? name?.normalize('NFC').toLowerCase() : undefined,
  );
  const areApart = !names.includes(undefined) && new Set(names).size === names.length;
  return areApart ? [copies] : copies.map((copy) => [copy]);
}

async function lossIn(copying: Promise<void>): Promise<SideLostError | undefined> {
  try {
    await copying;
    return undefined;
  } catch (error) {
    if (error instanceof SideLostError) return error;
    throw error;
  }
}

function notCopiedSentence(
  error: NotCopiedError,
  unfitName: CopyRequest<string, string>['unfitName'],
): string {
  switch (error.reason) {
    case 'folder':
      return `${error.path} is a folder: -r copies it with everything in it.`;
    case 'given':
      return unfitName(error);
    case 'name':
    case 'depth':
      return error.message;
    default:
      return error.reason satisfies never;
  }
}

function leftOutSentence({ path, name, kind, size, modified }: SideEntry<string>): string {
  if (kind !== 'leftOver') {
    const what = kind === 'link' ? 'a symbolic link' : 'no file and no folder';
    return `${path} was left out: it is ${what}.`;
  }
  const facts = modified ? ` (${size} bytes, changed ${modified.toISOString()})` : '';
  const file = readTemporaryName(name)?.file ?? name;
  return `${path}${facts} was left out: it holds what a download of ${file} left or is receiving.`;
}
