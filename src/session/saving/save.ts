import type { ByteSource } from '../../base/bytes.ts';
import { nameOf, parentOf, type RemotePath } from '../../base/paths.ts';
import { identityOf, identityOfBytes } from '../known/fileIdentity.ts';
import type { FileIdentity, RemoteEntry, WriteOptions } from '../remoteFileSystem.ts';
import type { Request } from '../connections/requests.ts';
import type { Session } from '../session.ts';
import type { Sent } from './upload.ts';

/** One save on its way. */
export interface Save {
  readonly session: Session;
  /** Where the bytes belong: the target, if the path was a symbolic link. */
  readonly path: RemotePath;
  readonly source: () => ByteSource;
  readonly options: WriteOptions;
  readonly request: Request;
}

/** Takes what we wrote into what is known, tells it, and says which file it is now. */
export function noteWritten(
  { session, path, request }: Save,
  {
    sent,
    old,
    entry,
  }: {
    readonly sent: Sent;
    readonly old: RemoteEntry | undefined;
    readonly entry: RemoteEntry | undefined;
  },
): FileIdentity {
  // Facts of another size are those of somebody else's file, written in the moment after ours.
  const ours = entry?.size === sent.size ? entry : undefined;
  if (ours) {
    const mode = old?.mode === undefined ? {} : { mode: old.mode };
    session.folders.put(path, { ...mode, ...ours, name: nameOf(path) });
  } else session.folders.forget(parentOf(path));
  const type = old ? 'changed' : 'created';
  session.changes.fire([...new Set([path, request.path])].map((path) => ({ path, type })));
  // What has just been written can be written again within the same second: it has not settled.
  return ours
    ? identityOf(ours, { sha256: sent.sha256, settled: false })
    : identityOfBytes(sent.size, sent.sha256);
}
