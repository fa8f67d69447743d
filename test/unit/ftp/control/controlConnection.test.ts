import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { systemClock } from '../../../../src/base/clock.ts';
import { silentLogger } from '../../../../src/base/logger.ts';
import { ControlConnection } from '../../../../src/ftp/control/controlConnection.ts';
import { ProtocolError } from '../../../../src/ftp/errors.ts';
import { utf8 } from '../../../../src/ftp/grammar/charset/charset.ts';
import type { Command } from '../../../../src/ftp/grammar/command.ts';
import { Pipelining } from '../../../../src/ftp/profile/pipelining.ts';
import { ScriptedTransport } from '../../../support/scriptedTransport.ts';
import { listeningLogger } from '../../../support/listeningLogger.ts';

const live = new AbortController().signal;

async function connect(
  pipelineDepth = 1,
  logger = silentLogger,
): Promise<[ControlConnection, ScriptedTransport]> {
  const transport = new ScriptedTransport();
  const control = new ControlConnection(transport, {
    clock: systemClock,
    logger,
    charset: utf8,
    replyTimeout: 5_000,
    pipelining: new Pipelining(pipelineDepth),
  });
  transport.say('220 Hi\r\n');
  await control.greeting(live);
  return [control, transport];
}

/** Lets everything that is ready run. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('in lockstep the next command waits for the reply to the one before', async () => {
  const [control, transport] = await connect();
  const first = control.exchange({ verb: 'PWD' });
  const second = control.exchange({ verb: 'NOOP' });
  await settle();
  expect(transport.writes).toEqual(['PWD\r\n']);
  transport.say('257 "/"\r\n');
  expect((await first).code).toBe(257);
  await settle();
  expect(transport.writes).toEqual(['PWD\r\n', 'NOOP\r\n']);
  transport.say('200 Fine\r\n');
  expect((await second).code).toBe(200);
});

test('commands sent ahead leave in batches of at most 1024 bytes, and no write overlaps another', async () => {
  const [control, transport] = await connect(1000);
  const replies = Array.from({ length: 200 }, (_, index) =>
    control.exchange({ verb: 'SIZE', argument: `/a file with a longish name ${index}` }),
  );
  await settle();
  expect(transport.writes.join('').split('\r\n')).toHaveLength(201);
  expect(Math.max(...transport.writes.map((write) => write.length))).toBeLessThanOrEqual(1024);
  transport.say(Array.from({ length: 200 }, (_, index) => `213 ${index}\r\n`).join(''));
  expect((await Promise.all(replies)).map((reply) => Number(reply.lines[0]))).toEqual(
    Array.from({ length: 200 }, (_, index) => index),
  );
});

test('replies go to commands by order alone, however they are torn and whoever has left', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ lines: fc.integer({ min: 1, max: 3 }), leaves: fc.boolean() }), {
        minLength: 1,
        maxLength: 20,
      }),
      fc.integer({ min: 1, max: 30 }),
      fc.integer({ min: 1, max: 8 }),
      async (commands, tear, depth) => {
        const [control, transport] = await connect(depth);
        const outcomes = commands.map(({ leaves }, index) => {
          const leaving = new AbortController();
          const outcome = control.exchange(
            { verb: 'STAT', argument: `${index}` },
            { signal: leaving.signal },
          );
          outcome.catch(() => {});
          return { outcome, leave: leaves ? () => leaving.abort('left') : () => {} };
        });
        for (const { leave } of outcomes.slice(1)) leave();
        await settle();
        for (let round = 0; round < commands.length; round++) {
          const asked = transport.writes.join('').split('\r\n').slice(round, -1);
          if (asked.length === 0) break;
          const index = asked[0]?.slice(5) ?? '';
          const { lines } = commands[Number(index)] ?? { lines: 1 };
          const text = `${'213-more\r\n'.repeat(lines - 1)}213 ${index}\r\n`;
          for (let at = 0; at < text.length; at += tear) transport.say(text.slice(at, at + tear));
          await settle();
        }
        const settled = await Promise.allSettled(outcomes.map(({ outcome }) => outcome));
        for (const [index, result] of settled.entries()) {
          const left = index > 0 && commands[index]?.leaves === true;
          if (left) expect(result).toMatchObject({ status: 'rejected', reason: 'left' });
          else expect(result).toMatchObject({ value: { code: 213 } });
          if (result.status === 'fulfilled') expect(result.value.lines.at(-1)).toBe(`${index}`);
        }
        control.close();
      },
    ),
    { numRuns: 100 },
  );
});

test('RNFR and RNTO stand together on the wire, whatever else is asked', async () => {
  const [control, transport] = await connect(8);
  const renamed = control.sequence([
    { verb: 'RNFR', argument: '/a' },
    { verb: 'RNTO', argument: '/b' },
  ]);
  const other = control.exchange({ verb: 'NOOP' });
  await settle();
  expect(transport.writes).toEqual(['RNFR /a\r\n']);
  transport.say('350 Go on\r\n');
  await settle();
  expect(transport.writes).toEqual(['RNFR /a\r\n', 'RNTO /b\r\n']);
  transport.say('250 Done\r\n');
  expect((await renamed).code).toBe(250);
  await settle();
  transport.say('200 Fine\r\n');
  expect((await other).code).toBe(200);
});

const renaming = [
  { verb: 'RNFR', argument: '/a' },
  { verb: 'RNTO', argument: '/b' },
];

test('a sequence that goes out at once is no barrier, and resolves with the reply to its end', async () => {
  const [control, transport] = await connect(8);
  const before = control.exchange({ verb: 'PWD' });
  let asked = 0;
  const renamed = control.sequence(renaming, {
    together: () => true,
    onIntermediate: () => (asked += 1),
  });
  const other = control.exchange({ verb: 'NOOP' });
  await settle();
  expect(transport.writes.join('')).toBe('PWD\r\nRNFR /a\r\nRNTO /b\r\nNOOP\r\n');
  transport.say('257 "/"\r\n350 Go on\r\n250 Done\r\n200 Fine\r\n');
  const replies = await Promise.all([before, renamed, other]);
  expect(replies.map(({ code }) => code)).toEqual([257, 250, 200]);
  expect(asked).toBe(1);
});

test('where its first command is refused, that is its outcome, and the second is refused too', async () => {
  const [control, transport] = await connect(8);
  const renamed = control.sequence(renaming, { together: () => true });
  const other = control.exchange({ verb: 'NOOP' });
  transport.say('550 No such file\r\n503 RNFR first\r\n200 Fine\r\n');
  expect([(await renamed).code, (await other).code]).toEqual([550, 200]);
});

test('the reply that begins a transfer shows that the command before it was passed over', async () => {
  const [control, transport] = await connect(8);
  const facts = control.exchange({ verb: 'MLST', argument: '/a' });
  const file = control.exchange({ verb: 'RETR', argument: '/a' }, { transfers: true });
  transport.say('150 Here it comes\r\n226 Done\r\n');
  await expect(facts).rejects.toBeInstanceOf(ProtocolError);
  await expect(file).rejects.toBeInstanceOf(ProtocolError);
  expect(control.usable).toBe(false);
});

test('a server that does the second step of what it refused ends the connection', async () => {
  const [control, transport] = await connect(8);
  const renamed = control.sequence(renaming, { together: () => true });
  await settle();
  transport.say('550 No such file\r\n250 Moved what an earlier RNFR named\r\n');
  await expect(renamed).rejects.toBeInstanceOf(ProtocolError);
  expect(control.usable).toBe(false);
});

test('RNTO is not said when RNFR was refused, nor when nobody wants it any more', async () => {
  const [control, transport] = await connect();
  const commands = [
    { verb: 'RNFR', argument: '/a' },
    { verb: 'RNTO', argument: '/b' },
  ];
  const refused = control.sequence(commands);
  await settle();
  transport.say('550 No\r\n');
  expect((await refused).code).toBe(550);
  const leaving = new AbortController();
  const left = control.sequence(commands, { signal: leaving.signal });
  await settle();
  leaving.abort('left');
  await expect(left).rejects.toBe('left');
  transport.say('350 Go on\r\n');
  await settle();
  expect(transport.writes).toEqual(['RNFR /a\r\n', 'RNFR /a\r\n']);
  // ProFTPD 1.3.8 would refuse every other command from here on.
  expect(control.usable).toBe(false);
});

test('any number of 1yz replies may come before the final one', async () => {
  const [control, transport] = await connect();
  const codes: number[] = [];
  const stored = control.exchange(
    { verb: 'STOR', argument: '/a' },
    { transfers: true, onPreliminary: (reply) => codes.push(reply.code) },
  );
  await settle();
  transport.say('150 Go\r\n110 MARK a = b\r\n110 MARK c = d\r\n226 Done\r\n');
  expect((await stored).code).toBe(226);
  expect(codes).toEqual([150, 110, 110]);
});

test('ABOR overtakes what waits, and its reply comes after that of the transfer', async () => {
  const [control, transport] = await connect();
  const retrieved = control.exchange({ verb: 'RETR', argument: '/a' }, { transfers: true });
  const waiting = control.exchange({ verb: 'NOOP' });
  await settle();
  const aborted = control.interject({ verb: 'ABOR' }, live);
  await settle();
  expect(transport.writes).toEqual(['RETR /a\r\n', 'ABOR\r\n']);
  transport.say('426 Aborted\r\n226 Fine\r\n');
  expect((await retrieved).code).toBe(426);
  expect((await aborted).code).toBe(226);
  await settle();
  transport.say('200 Fine\r\n');
  expect((await waiting).code).toBe(200);
});

test('421 answers its command and ends the connection for all others', async () => {
  const [control, transport] = await connect();
  const first = control.exchange({ verb: 'NOOP' });
  const second = control.exchange({ verb: 'NOOP' });
  const failed = expect(second).rejects.toMatchObject({ kind: 'connection', on: 'control' });
  await settle();
  transport.say('421 Too long\r\n');
  expect((await first).code).toBe(421);
  await failed;
  expect(control.usable).toBe(false);
  expect(transport.destroyed).toBe(true);
});

test('two final replies to one command are out of step', async () => {
  const [control, transport] = await connect();
  const noop = control.exchange({ verb: 'NOOP' });
  await settle();
  transport.say('200 Fine\r\n200 Fine again\r\n');
  await noop;
  expect(await control.closed).toBeInstanceOf(ProtocolError);
});

test('a secret that the server repeats stands in no log and in no refusal', async () => {
  const logged: string[] = [];
  const logger = listeningLogger(['debug'], (line) => logged.push(line));
  const [control, transport] = await connect(1, logger);
  const said: (readonly [Command, string])[] = [
    [{ verb: 'PASS', argument: 'hush' }, '332-hush?\r\n332 hush is fine\r\n'],
    [{ verb: 'ACCT', argument: 'acc-7' }, '230 acc-7 and hush are in\r\n'],
  ];
  for (const [command, answer] of said) {
    const answered = control.exchange(command);
    transport.say(answer);
    expect((await answered).lines.join(' ')).not.toMatch(/hush|acc-7/);
  }
  const listed = control.exchange({ verb: 'STAT', argument: '.' });
  transport.say('213-Status\r\nhush\r\n213 End\r\n');
  expect((await listed).lines).toEqual(['Status', 'hush', 'End']);
  expect(logged.join()).toContain('332 **** is fine');
  expect(logged.join()).not.toMatch(/hush|acc-7/);
});
