import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { ReplyFault } from './fault.ts';

/** Sends a client what becomes of a reply. */
export function falsify(client: Socket, reply: Buffer, fault: ReplyFault): void {
  switch (fault.how) {
    case 'late':
      setTimeout(() => client.write(reply), fault.ms).unref();
      break;
    case 'split':
      void dripping(client, reply);
      break;
    case 'doubled':
      client.write(Buffer.concat([reply, reply]));
      break;
    case 'extra':
      client.write(Buffer.concat([Buffer.from(`${fault.text}\r\n`), reply]));
      break;
    case 'lie':
      client.write(`${fault.text}\r\n`);
      break;
    case 'dropped':
      break;
  }
}

async function dripping(client: Socket, bytes: Buffer): Promise<void> {
  for (const byte of bytes) {
    if (client.destroyed) return;
    client.write(Buffer.from([byte]));
    await delay(2);
  }
}
