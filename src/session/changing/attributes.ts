import { nameOf, parentOf, type RemotePath, rootPath } from '../../base/paths.ts';
import { refusal } from '../errorTranslation.ts';
import type { FileOptions, RemoteEntry } from '../remoteFileSystem.ts';
import { type RequestAttempt, type Request, requestFor } from '../connections/requests.ts';
import type { Session } from '../session.ts';

/** Sets the Unix mode bits of what a path leads to: octal digits, "644" or "2755". */
export async function changeMode(
  session: Session,
  path: RemotePath,
  mode: string,
  options: FileOptions,
): Promise<void> {
  if (!/^[0-7]{3,4}$/.test(mode)) throw new RangeError(`Not a mode: ${JSON.stringify(mode)}`);
  const request = requestFor('changeMode', path, options);
  const changed = await change(session, request, {
    act: ({ connection, signal }, target) => connection.changeMode(target, mode, { signal }),
    // SIZE and MDTM tell no mode: then it is taken to be what the server said yes to.
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
    throw refusal('noPermissions', 'changeMode', path, `its mode is ${kept} all the same`);
  }
}

/** Sets the time at which what a path leads to was last written. */
export async function setModified(
  session: Session,
  path: RemotePath,
  time: Date,
  options: FileOptions,
): Promise<void> {
  const request = requestFor('setModified', path, options);
  const changed = await change(session, request, {
    act: ({ connection, signal }, target) => connection.setModified(target, time, { signal }),
    noted: (known, exact) => {
      // What a listing said of the old time is no longer so.
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
  /** What is known of the file from now on; `exact` is what the server says of it afterwards. */
  readonly noted: (known: RemoteEntry, exact: RemoteEntry | undefined) => RemoteEntry;
}

async function change(
  session: Session,
  request: Request,
  { act, noted }: Change,
): Promise<{ readonly exact: RemoteEntry | undefined } | 'unsupported'> {
  const { path } = request;
  // A server changes a link's target, as chmod and utime do, but tells the link's facts: both are
  // named.
  const place = await session.links.follow(path, request);
  const target = place?.entry ? place.path : path;
  const changed = await session.requests.run(request, async (attempt) =>
    (await act(attempt, target)) ? { entry: await session.facts.tell(attempt, target) } : undefined,
  );
  if (!changed) return 'unsupported';
  // Facts of a link say nothing of what was changed.
  const exact = changed.entry?.type === 'symlink' ? undefined : changed.entry;
  note(session, target, (known) => noted(known, exact));
  session.changes.fire([...new Set([path, target])].map((path) => ({ path, type: 'changed' })));
  return { exact };
}

function note(
  session: Session,
  path: RemotePath,
  noted: (known: RemoteEntry) => RemoteEntry,
): void {
  if (path === rootPath) return;
  const known = session.folders.lookup(path);
  if (known === undefined || known === 'absent' || known.type === 'symlink') {
    session.folders.forget(parentOf(path));
    return;
  }
  session.folders.put(path, { ...noted(known), name: nameOf(path) });
}

function bitsOf(mode: string): number {
  return Number.parseInt(mode, 8);
}
