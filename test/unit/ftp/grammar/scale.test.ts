import { describe, expect, test } from 'vitest';
import { silentLogger } from '../../../../src/base/logger.ts';
import { LineWriter } from '../../../../src/ftp/control/pipeline.ts';
import { utf8 } from '../../../../src/ftp/grammar/charset/charset.ts';
import { parseExtendedPassive, parseHostPort } from '../../../../src/ftp/grammar/endpoint.ts';
import {
  parseFactsLine,
  parseMdtmReply,
  parseSize,
  parseTimeVal,
} from '../../../../src/ftp/grammar/facts.ts';
import { parseFeatures } from '../../../../src/ftp/grammar/features.ts';
import { parseQuotedPathname, parseStatReply } from '../../../../src/ftp/grammar/replyTexts.ts';
import {
  linesForLog,
  quoteReply,
  type Reply,
  ReplyParser,
  replyText,
} from '../../../../src/ftp/grammar/reply.ts';
import { processorTime } from '../../../support/processorTime.ts';

const small = 2_000;
const factor = 8;

// What is linear takes eight times as long, what is quadratic sixty-four times. A millisecond more is
// nobody's fault on a busy machine.
function expectLinear(act: (size: number) => () => unknown): void {
  const [one, many] = [act(small), act(small * factor)];
  const ratio = processorTime(many) / (processorTime(one) + 1);
  expect(ratio).toBeLessThan(4 * factor);
}

const reply = (lines: readonly string[]): Reply => ({
  code: 211,
  replyClass: 'completion',
  lines,
});

const pieces: readonly string[] = [
  'a',
  ' ',
  '"',
  '""',
  '|',
  ',1',
  '(',
  '9',
  ';',
  '=',
  'a=b;',
  '.',
  '\t',
  '\u202e',
  '\\',
  ' -> ',
];

const ofText: Readonly<Record<string, (text: string) => unknown>> = {
  parseQuotedPathname: (text) => parseQuotedPathname(`"${text}`),
  'parseQuotedPathname without an end': parseQuotedPathname,
  parseExtendedPassive: (text) => parseExtendedPassive(`Here (${text}`),
  parseHostPort: (text) => parseHostPort(`Here ${text}`),
  parseSize,
  parseFactsLine,
  'parseFactsLine behind a fact': (text) => parseFactsLine(`size=${text}; a`),
  parseMdtmReply,
  parseTimeVal,
  replyText: (text) => replyText(reply([text])),
  quoteReply: (text) => quoteReply(reply([text])),
  parseFeatures: (text) => parseFeatures(['Here', ` MLST ${text}`, 'End']),
};

describe.each(Object.entries(ofText))('%s takes no longer than its text is', (_name, parse) => {
  test.each(pieces)('made of %j', (piece) => {
    expectLinear((size) => {
      const text = piece.repeat(size / piece.length);
      return () => parse(text);
    });
  });
});

const lines: Readonly<Record<string, string>> = {
  'the same feature': ' MLST a;b;c;',
  'other features': ' X',
  'a name': '-rw-r--r-- 1 u g 5 Jan  1 2026 a',
  nothing: '',
  'the end, as it seems': '211 End',
};

const ofLines: Readonly<Record<string, (told: readonly string[]) => unknown>> = {
  parseFeatures,
  parseStatReply: (told) => parseStatReply(reply(told)),
  replyText: (told) => replyText(reply(told)),
  linesForLog: (told) => linesForLog(reply(told)),
  'LineWriter.heard': (told) => {
    const lines = new LineWriter({
      logger: silentLogger,
      charset: utf8,
      write: async () => {},
      onFailure: () => {},
    });
    const password = { verb: 'PASS', argument: 'sesame' };
    lines.write(password, 'twice');
    return lines.heard(reply(told), password);
  },
};

describe.each(Object.entries(ofLines))('%s takes no longer than its lines are', (_name, parse) => {
  test.each(Object.entries(lines))('each being %s', (_what, line) => {
    expectLinear((size) => {
      const told = ['Here', ...Array<string>(size).fill(line), 'End'];
      return () => parse(told);
    });
  });

  test('each being another feature', () => {
    expectLinear((size) => {
      const told = ['Here', ...Array.from({ length: size }, (_, index) => ` F${index}`), 'End'];
      return () => parse(told);
    });
  });
});

describe('bytes become replies in a time that grows with them', () => {
  const kinds: Readonly<Record<string, (size: number) => Uint8Array>> = {
    'one line': (size) => Buffer.from(`220 ${'a'.repeat(size / 2)}\r\n`),
    'lines of one reply': (size) => Buffer.from(`220-${'a\r\n'.repeat(size)}220 End\r\n`),
    replies: (size) => Buffer.from('200 a\r\n'.repeat(size)),
    'blank lines': (size) => Buffer.from(' \r\n'.repeat(size)),
    'bytes 255': (size) => Buffer.concat([Buffer.from('220 '), Buffer.alloc(size / 2, 255)]),
    'Telnet commands': (size) => {
      return Buffer.concat(Array<Uint8Array>(size / 4).fill(Uint8Array.of(255, 251, 1)));
    },
    'what may be the last line': (size) => Buffer.from(`211-a\r\n${'211-b\r\n'.repeat(size)}`),
  };

  test.each(Object.entries(kinds))('%s, whole', (_what, make) => {
    expectLinear((size) => {
      const bytes = make(size);
      return () => new ReplyParser(() => utf8).push(bytes);
    });
  });

  test.each(Object.entries(kinds))('%s, byte by byte', (_what, make) => {
    expectLinear((size) => {
      const bytes = make(size);
      return () => {
        const parser = new ReplyParser(() => utf8);
        for (let at = 0; at < bytes.length; at++) parser.push(bytes.subarray(at, at + 1));
      };
    });
  });
});
