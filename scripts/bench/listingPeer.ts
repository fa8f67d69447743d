// A server that lists one folder of so many entries, and can do nothing else: `listingPeer HOST PORT COUNT`.
// A folder of a million files would take longer to make than to list.
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

const [host = '', port, count] = process.argv.slice(2);
const linesAtATime = 1_000;

function* listing(): Generator<string> {
  for (let from = 0; from < Number(count); from += linesAtATime) {
    const length = Math.min(linesAtATime, Number(count) - from);
    const lines = Array.from({ length }, (_, index) => {
      const name = `f${String(from + index).padStart(7, '0')}`;
      return `type=file;size=4096;modify=20250301120000;perm=adfrw; ${name}\r\n`;
    });
    yield lines.join('');
  }
}

const replies: Readonly<Record<string, string>> = {
  USER: '331 The password, please',
  PASS: '230 Welcome',
  FEAT: '211-Extensions:\r\n MLST type*;size*;modify*;perm*;\r\n EPSV\r\n UTF8\r\n211 End',
  PWD: '257 "/"',
  TYPE: '200 Done',
  OPTS: '200 Done',
  CWD: '250 Here',
  NOOP: '200 Done',
  QUIT: '221 Goodbye',
};

async function converse(control: Socket): Promise<void> {
  // It comes before MLSD does, or after.
  let dialled: Promise<Socket> | undefined;
  const answer = async (verb: string): Promise<string> => {
    if (verb === 'EPSV') {
      const passive = createServer().listen(0, host);
      await once(passive, 'listening');
      dialled = once(passive, 'connection').then(([socket]) => {
        passive.close();
        return socket as Socket;
      });
      return `229 Extended passive mode (|||${(passive.address() as AddressInfo).port}|)`;
    }
    if (verb !== 'MLSD' || !dialled) return replies[verb] ?? '502 Not here';
    control.write('150 Here it comes\r\n');
    await pipeline(Readable.from(listing()), await dialled);
    return '226 Done';
  };
  control.write('220 Here\r\n');
  for await (const bytes of control) {
    for (const line of String(bytes).split('\r\n').slice(0, -1)) {
      control.write(`${await answer(line.slice(0, 4).trim().toUpperCase())}\r\n`);
    }
  }
}

createServer((control) => void converse(control).catch(() => control.destroy())).listen(
  Number(port),
  host,
  () => process.stdout.write('listening\n'),
);
