import { nameOf, parentOf, type RemotePath, rootPath } from '../../base/paths.ts';
import { type Request, type RequestAttempt, requestFor } from '../connections/requests.ts';
import { refusal } from '../errorTranslation.ts';
import type { FileOptions, RemoteEntry } from '../remoteFileSystem.ts';
import type { Session } from '../session.ts';

export type AttributeParts = Pick<Session, 'requests' | 'facts' | 'links' | 'folders' | 'changes'>;

/** Sets the Unix mode bits of what a path leads to: octal digits, "644" or "2755". */
export async function changeMode(
  parts: AttributeParts,
  path: RemotePath,
  mode: string,
  options: FileOptions,
): Promise<void> {
  if (!/^[0-7]{3,4}$/.test(mode)) throw new RangeError(`Not a mode: ${JSON.stringify(mode)}`);
  const request = requestFor('changeMode', path, options);
  const changed = await change(parts, request, {
    act: ({ connection, signal }, target) => connection.changeMode(target, mode, { signal }),
    // SIZE and MDTM tell no mode: then it is taken to be the one that the server confirmed.
    noted: (known, exact) => ({ ...known, ...exact, mode: exact?.mode ?? mode.padStart(4, '0') }),
  });
  if (changed === 'unsupported') {
    throw refusal(
      'unsupported',
      'changeMode',
      path,
      'the server cannot do it: it has no SITE CHMOD',
    );
  }
  const kept = changed.exact?.mode;
  if (kept !== undefined && bitsOf(kept) !== bitsOf(mode)) {
    throw refusal('noPermissions', 'changeMode', path, `its mode is still ${kept}`);
  }
}

/** Sets the time at which what a path leads to was last written. */
export async function setModified(
  parts: AttributeParts,
  path: RemotePath,
  time: Date,
  options: FileOptions,
): Promise<void> {
  const request = requestFor('setModified', path, options);
  const changed = await change(parts, request, {
    act: ({ connection, signal }, target) => connection.setModified(target, time, { signal }),
    noted: (known, exact) => {
      // The clock time in a listing belongs to the old time.
      const { wallClock: _, ...rest } = known;
      return { ...rest, ...(exact ?? { modified: time, precision: 'second' }) };
    },
  });
  if (changed === 'unsupported') {
    throw refusal(
      'unsupported',
      'setModified',
      path,
      'the server cannot do it: it has no command for that, or ignores it',
    );
  }
}

interface Change {
  /** False where the server cannot. */
  readonly act: (attempt: RequestAttempt, target: RemotePath) => Promise<boolean>;
  /** What is known of the file from now on; `exact` is what the server tells of it after the change. */
  readonly noted: (known: RemoteEntry, exact: RemoteEntry | undefined) => RemoteEntry;
}

async function change(
  parts: AttributeParts,
  request: Request,
  { act, noted }: Change,
): Promise<{ readonly exact: RemoteEntry | undefined } | 'unsupported'> {
  const { path } = request;
  // A server changes the target of a link, as chmod and utime do, but tells the facts of the link: it is
  // told that both have changed.
  const place = await parts.links.follow(path, request);
  const target = place?.entry ? place.path : path;
  const changed = await parts.requests.run(request, async (attempt) =>
    (await act(attempt, target)) ? { entry: await parts.facts.tell(attempt, target) } : undefined,
  );
  if (!changed) return 'unsupported';
  // The facts of a link say nothing about its target.
  const exact = changed.entry?.type === 'symlink' ? undefined : changed.entry;
  note(parts, target, (known) => noted(known, exact));
  parts.changes.fire([...new Set([path, target])].map((path) => ({ path, type: 'changed' })));
  return { exact };
}

function note(
  parts: AttributeParts,
  path: RemotePath,
  noted: (known: RemoteEntry) => RemoteEntry,
): void {
  if (path === rootPath) return;
  const known = parts.folders.lookup(path);
  if (known === undefined || known === 'absent' || known.type === 'symlink') {
    parts.folders.forget(parentOf(path));
    return;
  }
  parts.folders.put(path, { ...noted(known), name: nameOf(path) });
}

function bitsOf(mode: string): number {
  return Number.parseInt(mode, 8);
}
