import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { ReplyError } from '../../../../src/ftp/errors.ts';
import { latin1, utf8 } from '../../../../src/ftp/grammar/charset/charset.ts';
import { GrammarError } from '../../../../src/ftp/grammar/grammarError.ts';
import {
  type Reply,
  linesForLog,
  quoteReply,
  type ReplyBounds,
  ReplyParser,
  replyClassOf,
  replyText,
} from '../../../../src/ftp/grammar/reply.ts';
import { chunksOf, singleBytes, textOf } from './arbitraries.ts';

const bytes = (text: string): Uint8Array => Buffer.from(text, 'latin1');

function parse(chunks: readonly Uint8Array[], bounds?: ReplyBounds): Reply[] {
  const parser = new ReplyParser(() => latin1, bounds);
  return chunks.flatMap((chunk) => parser.push(chunk));
}

const parseText = (text: string): Reply[] => parse([bytes(text)]);

const code = fc.integer({ min: 100, max: 599 });
const lineText = fc.string({
  unit: fc.constantFrom('a', ' ', '-', '2', '0', '~', '\t', 'ü'),
  maxLength: 12,
});
const reply = fc.oneof(
  fc.tuple(code, lineText).map(([code, text]) => ({ code, lines: [text] })),
  fc
    .tuple(
      code,
      fc.array(
        lineText.map((text) => `/${text}`),
        { maxLength: 4 },
      ),
      lineText,
      lineText,
    )
    .map(([code, inner, first, last]) => ({ code, lines: [first, ...inner, last] })),
);

function written({ code, lines }: { code: number; lines: string[] }): string {
  const last = `${code} ${lines.at(-1)}\r\n`;
  if (lines.length === 1) return last;
  return [`${code}-${lines[0]}\r\n`, ...lines.slice(1, -1).map((line) => `${line}\r\n`), last].join(
    '',
  );
}

test('one line is one reply', () => {
  expect(parseText('220 ready\r\n')).toEqual([
    { code: 220, replyClass: 'completion', lines: ['ready'] },
  ]);
});

test('the first digit is the class', () => {
  expect([150, 226, 331, 425, 550].map(replyClassOf)).toEqual([
    'preliminary',
    'completion',
    'intermediate',
    'transientNegative',
    'permanentNegative',
  ]);
  expect([0, 99, 600, 999, -1].map(replyClassOf)).toEqual(Array(5).fill(undefined));
});

test('any replies, chunked in any way, come out as they were written', () => {
  const conversation = fc.array(reply, { maxLength: 5 }).chain((replies) =>
    fc.record({
      replies: fc.constant(replies),
      chunks: chunksOf(bytes(replies.map(written).join(''))),
    }),
  );
  fc.assert(
    fc.property(conversation, ({ replies, chunks }) => {
      expect(parse(chunks).map(({ code, lines }) => ({ code, lines }))).toEqual(replies);
    }),
    { numRuns: 300 },
  );
});

test('a line that begins with another code does not end the reply', () => {
  expect(parseText('150-A\r\n160-B\r\n160 C\r\n150-D\r\n1500 E\r\n150 F\r\n')).toMatchObject([
    { code: 150, lines: ['A', '160-B', '160 C', 'D', '1500 E', 'F'] },
  ]);
});

test('the features of a server that repeats the code are read without it', () => {
  expect(parseText('211-Features:\r\n211-MDTM\r\n211-SIZE\r\n211 End\r\n')).toMatchObject([
    { lines: ['Features:', 'MDTM', 'SIZE', 'End'] },
  ]);
});

test('a code alone on its line is a reply, and ends one', () => {
  expect(parseText('200\r\n211-a\r\n211\r\n')).toMatchObject([
    { code: 200, lines: [''] },
    { code: 211, lines: ['a', ''] },
  ]);
});

test('a bare LF ends a line too, and a bare CR does not', () => {
  expect(parseText('220-a\rb\n220 c\n')).toMatchObject([{ lines: ['a\rb', 'c'] }]);
});

test('texts are decoded with the charset that holds when their line ends', () => {
  let charset = utf8;
  const parser = new ReplyParser(() => charset);
  const parsed = parser.push(Buffer.from('200 ü\r\n', 'utf8'));
  charset = latin1;
  parsed.push(...parser.push(Buffer.from('200 ü\r\n', 'latin1')));
  expect(parsed.map((reply) => reply.lines)).toEqual([['ü'], ['ü']]);
});

test('a letter whose bytes came apart is one letter', () => {
  const parser = new ReplyParser(() => utf8);
  const replies = singleBytes(Buffer.from('250 "ü😀"\r\n', 'utf8')).flatMap((b) => parser.push(b));
  expect(replies).toMatchObject([{ lines: ['"ü😀"'] }]);
});

test('the parser is idle between two replies only', () => {
  const parser = new ReplyParser(() => latin1);
  const idleAfter = ['', '2', '20 ok\r\n', '211-a\r\n', '211 b\r\n', '\xff', '\xf1'].map((text) => {
    parser.push(bytes(text));
    return parser.idle;
  });
  expect(idleAfter).toEqual([true, false, true, false, true, false, true]);
});

test('what is no reply is refused at its first line', () => {
  for (const line of ['HTTP/1.1 200 OK', '22 x', '2200 x', '099 x', '600 x', '220x', ' 220 x']) {
    expect(() => parseText(`${line}\r\n`), line).toThrow(GrammarError);
  }
});

test('an empty line between two replies is nothing', () => {
  expect(parseText('\r\n220 a\r\n\r\n200 b\r\n').map(({ code }) => code)).toEqual([220, 200]);
});

test('a NUL byte anywhere in a reply is refused', () => {
  for (const text of [
    '230 logged\0in\r\n',
    '\x00230 in\r\n',
    '211-a\r\nb\0\r\n',
    '257 "/"\r\0\n',
  ]) {
    expect(() => parseText(text)).toThrow(GrammarError);
  }
});

test('a line and a reply end at their bounds, in any chunking', () => {
  const bounds = { line: 20, reply: 60, lines: 10 };
  const fits = bytes(`220-${'a'.repeat(15)}\r\n${'b'.repeat(19)}\r\n220 c\r\n`);
  expect(parse([fits], bounds)).toHaveLength(1);
  const longLine = bytes(`220 ${'a'.repeat(17)}`);
  const longReply = bytes(`220-a\r\n${'b\r\n'.repeat(30)}`);
  for (const tooLong of [longLine, longReply]) {
    expect(() => parse([tooLong], bounds)).toThrow(GrammarError);
    expect(() => parse(singleBytes(tooLong), bounds)).toThrow(GrammarError);
  }
});

test('a reply without end is refused before its bound is passed by a whole chunk', () => {
  const parser = new ReplyParser(() => latin1, { line: 1_000, reply: 10_000, lines: 10_000 });
  parser.push(bytes('220-\r\n'));
  const chunk = bytes('x\r\n'.repeat(200));
  let pushed = 0;
  expect(() => {
    for (;;) {
      parser.push(chunk);
      pushed += chunk.length;
    }
  }).toThrow(GrammarError);
  expect(pushed).toBeLessThanOrEqual(10_000);
});

function outcomeOf(chunks: readonly Uint8Array[]): unknown {
  const replies: Reply[] = [];
  const parser = new ReplyParser(() => latin1, { line: 50, reply: 100, lines: 1_000 });
  try {
    for (const chunk of chunks) replies.push(...parser.push(chunk));
    return replies;
  } catch (error) {
    expect(error).toBeInstanceOf(GrammarError);
    return 'refused';
  }
}

test('whatever bytes come, only a GrammarError comes of it, the same in any chunking', () => {
  const anything = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    textOf('220', ' ', '-', '\r\n', '\n', '\xff', 'x', '211-').map((text) => bytes(text)),
  );
  fc.assert(
    fc.property(
      anything.chain((bytes) => fc.tuple(fc.constant(bytes), chunksOf(bytes))),
      ([bytes, chunks]) => {
        expect(outcomeOf(chunks)).toEqual(outcomeOf([bytes]));
      },
    ),
    { numRuns: 300 },
  );
});

test('the text for people is one line without control characters or turned writing', () => {
  const [reply] = parseText('550-No\x1b]8;;x\x07\r\n such\x9bm\r\n550 file\t!\r\n');
  expect(reply && replyText(reply)).toBe('No ]8;;x   such m file !');
  const turned = { code: 550, replyClass: 'permanentNegative', lines: ['a\u202Egpj.exe'] } as const;
  expect(replyText(turned)).toBe('a gpj.exe');
});

test('a reply of too many lines is none', () => {
  const bounds = { line: 20, reply: 1_000, lines: 3 };
  expect(parse([latin1.encode('211-a\r\nb\r\n211 c\r\n')], bounds)).toHaveLength(1);
  expect(() => parse([latin1.encode('211-a\r\nb\r\nc\r\nd\r\n')], bounds)).toThrow(GrammarError);
});

// vsftpd 3.0.3, ProFTPD 1.3.8 and ftp-srv 4.6 write the line breaks of names as they are.
test('a name with a line break does not end the listing that it stands in', () => {
  const text =
    '213-Status follows:\r\n-rw-r--r-- 1 0 0 0 Nov 22 21:56 nl\n213 End of status\nrest\r\n' +
    '-rw-r--r-- 1 0 0 0 Nov 22 21:56 next\r\n213 End of status\r\n200 NOOP ok.\r\n';
  const [listing, noop, ...others] = parse([latin1.encode(text)]);
  expect(listing?.lines.slice(2)).toEqual([
    '213 End of status',
    'rest',
    '-rw-r--r-- 1 0 0 0 Nov 22 21:56 next',
    'End of status',
  ]);
  expect(noop?.code).toBe(200);
  expect(others).toEqual([]);
});

test('a listing that ends is not held back for what follows it', () => {
  const replies = ['213-a\r\n213 b\r\n', '\r\n', '213-c\r\n213 d\r\n'].join('');
  expect(parse([latin1.encode(replies)]).map(({ lines }) => lines)).toEqual([
    ['a', 'b'],
    ['c', 'd'],
  ]);
});

test('a log shows of a long reply how it begins', () => {
  const lines = Array.from({ length: 1_000 }, (_, n) => `line ${n}`);
  const logged = linesForLog({ code: 213, replyClass: 'completion', lines });
  expect(logged).toHaveLength(41);
  expect(logged.at(-1)).toBe('213 (960 more lines)');
});

test('a reply of megabytes is quoted, not repeated', () => {
  const lines = Array.from({ length: 100_000 }, () => 'blah blah');
  const reply: Reply = { code: 550, replyClass: 'permanentNegative', lines };
  const error = new ReplyError({ verb: 'EPSV' }, reply);
  expect(error.message).toMatch(/^EPSV was answered: 550 blah blah .*…$/);
  expect(error.message.length).toBeLessThan(1_100);
  expect(quoteReply({ ...reply, lines: ['No', 'such file'] })).toBe('550 No such file');
});
