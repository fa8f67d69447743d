import { expect, test } from 'vitest';
import type { Transport } from '../../../src/ftp/net/transport.ts';
import { bytesOf, parseDialogue, takeFile } from '../../support/dialogue.ts';
import { controlPort, dialogueTls, serverHost } from '../../support/dialogueNetwork.ts';
import { byteByByte, type Chunking, torn, whole } from '../../support/dialoguePipe.ts';
import { DialoguePlayer } from '../../support/dialoguePlayer.ts';

// A client of a few lines, written by hand: what it does is what the test says, right or wrong.
class MiniClient {
  readonly #player: DialoguePlayer;
  control: Transport | undefined;
  heard = '';

  constructor(player: DialoguePlayer) {
    this.#player = player;
  }

  async connect(): Promise<void> {
    this.control = await this.#player.network.dial(
      { host: serverHost, port: controlPort },
      { signal, sharedLocalPort: true },
    );
  }

  async say(line: string): Promise<void> {
    await this.control?.write(Buffer.from(`${line}\r\n`));
  }

  /** Reads until as many lines as these have come. */
  async hear(lines: number): Promise<void> {
    while (this.heard.split('\r\n').length <= lines) {
      const chunk = await this.control?.read();
      if (!chunk) return;
      this.heard += Buffer.from(chunk).toString();
    }
  }

  async accept(): Promise<Transport> {
    const { host, port } = this.control?.local ?? { host: '', port: 0 };
    const listener = await this.#player.network.listen({ host, port }, serverHost);
    await this.say('RETR /x');
    return await listener.accept(signal);
  }
}

const { signal } = new AbortController();

interface Played {
  readonly player: DialoguePlayer;
  readonly client: MiniClient;
  /** Settles with the player: what went wrong, or nothing. */
  readonly outcome: Promise<string>;
}

/** Plays the lines against a client whose one `@ go` is `act`. */
function play(
  lines: readonly string[],
  act: (client: MiniClient) => Promise<void>,
  chunking: Chunking = whole,
): Played {
  const dialogue = parseDialogue('mini.txt', ['@ go', ...lines].join('\n'));
  const player = new DialoguePlayer(dialogue, chunking, async (action) => {
    if (action === 'go') await act(client);
  });
  const client = new MiniClient(player);
  const outcome = player.play().then(
    () => '',
    (error: unknown) => String(error),
  );
  return { player, client, outcome };
}

const greetAndNoop = async (client: MiniClient): Promise<void> => {
  await client.connect();
  await client.hear(1);
  await client.say('NOOP');
  await client.hear(2);
};

test.each([
  ['whole', whole],
  ['byte by byte', byteByByte],
  ['torn', torn(7)],
])('a client that says its lines hears the others: %s', async (_, chunking) => {
  const { client, outcome, player } = play(
    ['< 220 ready', '> NOOP', '< 200 ok'],
    greetAndNoop,
    chunking,
  );
  expect(await outcome).toBe('');
  expect(client.heard).toBe('220 ready\r\n200 ok\r\n');
  expect(player.unplayed).toEqual([]);
});

test('another command is an error that names its line, and what was not played', async () => {
  const { outcome, player } = play(['< 220 ready', '> QUIT', '< 221 bye'], greetAndNoop);
  expect(await outcome).toContain('mini.txt:3 (QUIT): The client said "NOOP", not "QUIT"');
  expect(player.unplayed).toEqual(['3: QUIT', '4: 221 bye']);
});

test('a password is compared as ****', async () => {
  const { outcome } = play(['< 220 ready', '> PASS ****'], async (client) => {
    await client.connect();
    await client.say('PASS secret');
  });
  expect(await outcome).toBe('');
});

test('a command too many is an error at the end', async () => {
  const { outcome } = play(['< 220 ready'], async (client) => {
    await client.connect();
    await client.say('NOOP');
  });
  expect(await outcome).toContain('The client goes on: "NOOP\\r\\n"');
});

test('a client that stops is found out without waiting', async () => {
  const { outcome } = play(['< 220 ready', '> NOOP'], (client) => client.connect());
  expect(await outcome).toContain('Nothing moves any more; the server waits for "NOOP"');
});

test('a client that waits for what never comes is found out too', async () => {
  const { outcome } = play(['< 220 ready'], async (client) => {
    await client.connect();
    await client.hear(2);
  });
  expect(await outcome).toContain('the server waits for the end of what the user does');
});

test('what the user finds wrong is the error', async () => {
  const { outcome } = play(['< 220 ready', '> NOOP'], async () => {
    throw new Error('not as expected');
  });
  expect(await outcome).toContain('not as expected');
});

test('a client that does not listen before the transfer command is found out', async () => {
  const { outcome } = play(['< 220 ready', '> RETR /x', '* data connects'], async (client) => {
    await client.connect();
    await client.say('RETR /x');
  });
  expect(await outcome).toContain('does not listen on port 40021');
});

const small = '= small repeat 340 "hello block mode\\n"';

test.each([
  ['whole', whole],
  ['byte by byte', byteByByte],
  ['torn', torn(7)],
])('bytes go down and up exactly: %s', async (_, chunking) => {
  const lines = [
    small,
    '< 220 ready',
    '> RETR /x',
    '* data connects from 38245',
    '* data < block 40 small',
    '* data > blocks 100 40 small',
    '* data stays',
    '* data closes',
    '* data closed',
  ];
  const act = async (client: MiniClient): Promise<void> => {
    await client.connect();
    const data = await client.accept();
    expect(data.remote).toEqual({ host: serverHost, port: 38_245, family: 4 });
    let down = Buffer.alloc(0);
    for (let chunk = await data.read(); chunk; chunk = await data.read()) {
      down = Buffer.concat([down, chunk]);
      if (down.length === 343) await data.write(bytesOf(parsed, 'blocks 100 40 small'));
    }
    expect(down).toEqual(Buffer.from(bytesOf(parsed, 'block 40 small')));
    data.destroy();
  };
  const parsed = parseDialogue('bytes', small);
  expect(await play(lines, act, chunking).outcome).toBe('');
});

test('other bytes than those expected are an error', async () => {
  const lines = [small, '< 220 ready', '> RETR /x', '* data connects', '* data > block 40 small'];
  const { outcome } = play(lines, async (client) => {
    await client.connect();
    const data = await client.accept();
    await data.write(Buffer.from([0x40, 1, 0x54, 0x68, 0x65, 0x00]));
  });
  expect(await outcome).toContain('Other bytes came');
});

test('TLS lasts until both sides agree, and nothing may be said in the clear before it', async () => {
  const lines = ['< 220 ready', '> AUTH TLS', '< 234 go on', '* control handshake', '> NOOP'];
  const act =
    (early: string) =>
    async (client: MiniClient): Promise<void> => {
      await client.connect();
      await client.say('AUTH TLS');
      await client.hear(2);
      if (early) await client.say(early);
      const { control } = client;
      if (!control) return;
      client.control = await dialogueTls(serverHost, trust).secure(control, 'control', signal);
      expect(client.control.protection?.version).toBe('TLSv1.3');
      await client.say('NOOP');
    };
  const trust = { fingerprints: [], minVersion: 'TLSv1.2' } as const;
  expect(await play(lines, act('')).outcome).toBe('');
  expect(await play(lines, act('USER anna')).outcome).toContain('said something in the clear');
});

const dial = (player: DialoguePlayer, host: string, port: number): Promise<Transport> =>
  player.network.dial({ host, port }, { signal });

test('a data port is dialled where the script has one, on the server only', async () => {
  const lines = ['< 220 ready', '* data accepts 36001', '* data refuses 36002', '* data closed'];
  const { outcome, player } = play(lines, async (client) => {
    await client.connect();
    await expect(dial(player, '10.0.0.5', 36_001)).rejects.toThrow('EHOSTUNREACH');
    await expect(dial(player, serverHost, 36_003)).rejects.toThrow('ECONNREFUSED');
    const data = await dial(player, serverHost, 36_001);
    await expect(dial(player, serverHost, 36_002)).rejects.toThrow('ECONNREFUSED');
    data.destroy();
  });
  expect(await outcome).toBe('');
});

test('time passes when the script says so', async () => {
  const { outcome, player } = play(['< 220 ready', '* quiet 3000', '> NOOP'], async (client) => {
    await client.connect();
    using deadline = player.clock.deadline(2_999, 'something');
    await new Promise((resolve) => deadline.signal.addEventListener('abort', resolve));
    await client.say('NOOP');
  });
  expect(await outcome).toBe('');
});

test('two reads at one time are a fault of the client', async () => {
  const { outcome } = play(['< 220 ready', '> NOOP'], async (client) => {
    await client.connect();
    await client.hear(1);
    await Promise.race([client.hear(2), client.hear(2)]);
  });
  expect(await outcome).toContain('Two reads at one time');
});

test('a line that cannot be read is no dialogue', () => {
  for (const line of ['220 ready', '<220 ready', '? x', '= x magic 3']) {
    expect(() => parseDialogue('bad', line), line).toThrow(/./);
  }
});

test('contents are what their lines say', () => {
  const dialogue = parseDialogue(
    'contents',
    ['= a repeat 5 "ab"', '= b count 258', '= c text "x\\r\\n"', '= c text "y"'].join('\n'),
  );
  const text = (specification: string): string =>
    Buffer.from(bytesOf(dialogue, specification)).toString('latin1');
  expect(text('raw a')).toBe('ababa');
  expect(text('raw b[254..258]')).toBe('\xfe\xff\x00\x01');
  expect(text('raw c')).toBe('x\r\ny');
  expect(text('block c0 a')).toBe('\xc0\0\x05ababa');
  expect(text('blocks 2 40 a')).toBe('\0\0\x02ab\0\0\x02ab\x40\0\x01a');
  expect(text('hex 40 00 00')).toBe('\x40\0\0');
});

test('a file is read out of any blocks', () => {
  const bytes = Buffer.from('\0\0\x02ab\x10\0\x01M\x40\0\x01crest', 'latin1');
  expect(Buffer.from(takeFile(bytes)?.content ?? []).toString()).toBe('abc');
  expect(takeFile(bytes)?.taken).toBe(13);
  expect(takeFile(bytes.subarray(0, 12))).toBeUndefined();
});
