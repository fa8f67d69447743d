import type { ByteSource } from '../../base/bytes.ts';
import { ProtocolError } from '../errors.ts';
import { blockDescriptor, blockHeader } from '../grammar/block.ts';
import type { TransferModeName } from '../options.ts';
import type { DataConnection } from './dataConnection.ts';
import type { Progress } from './progress.ts';

// A block's count has 16 bits; 32 KiB keeps header and payload within a few TLS records.
const blockLength = 32 * 1024;

/** Sends a file in the mode of the connection; `onSent` hears of each piece that was taken. */
export async function sendFile(
  source: ByteSource,
  mode: TransferModeName,
  connection: DataConnection,
  progress: Progress,
  onSent: (bytes: number) => void,
): Promise<void> {
  const write = async (chunk: Uint8Array): Promise<void> => {
    if (progress.finalCame) throw new ProtocolError('The server confirmed the file too early');
    await progress.wait(connection.write(chunk));
  };
  for await (const piece of source) {
    for (let at = 0; at < piece.length; at += blockLength) {
      const payload = piece.subarray(at, at + blockLength);
      await write(mode === 'block' ? block(payload) : payload);
      onSent(payload.length);
    }
  }
  // RFC 959, 3.4.2: the end of file is a block of its own; every server that frames takes that.
  if (mode === 'block') await write(blockHeader(blockDescriptor.endOfFile, 0));
}

function block(payload: Uint8Array): Uint8Array {
  return Buffer.concat([blockHeader(0, payload.length), payload]);
}
