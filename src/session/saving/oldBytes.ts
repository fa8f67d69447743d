import { type ByteSource, collectBytes } from '../../base/bytes.ts';
import type { RemotePath } from '../../base/paths.ts';
import { ContentMeter } from '../known/fileIdentity.ts';

/** The bytes of a file as they were before it is written in place. */
export interface KeptBytes {
  readonly size: number;
  readonly sha256: string;
  /** Where a person finds them; `undefined` in memory. */
  readonly place: string | undefined;
  read(): ByteSource;
  /** Nobody needs them any more. */
  discard(): Promise<void>;
}

/** Where old bytes are kept. */
export interface OldBytes {
  /** Fails with `RangeError` where they are more than it takes. */
  keep(path: RemotePath, bytes: AsyncIterable<Uint8Array>): Promise<KeptBytes>;
}

const maxBytesInMemory = 64 * 1024 * 1024;

/** Holds them while this program runs. */
export const inMemory: OldBytes = {
  async keep(_, bytes) {
    const content = await collectBytes(bytes, maxBytesInMemory);
    const meter = new ContentMeter();
    meter.add(content);
    return {
      size: content.length,
      sha256: meter.sha256(),
      place: undefined,
      read: () => [content],
      discard: async () => {},
    };
  },
};
