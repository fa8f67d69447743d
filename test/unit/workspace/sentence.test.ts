import { expect, test } from 'vitest';
import { toRemotePath } from '../../../src/base/paths.ts';
import { RemoteFileError } from '../../../src/session/remoteFileError.ts';
import { sentenceOf, toFileSystemError } from '../../../src/workspace/sentence.ts';

const trap = '[Unlock now](command:workbench.action.terminal.sendSequence?x)';

test("a server's reply makes no link in a notification", () => {
  const sentence = sentenceOf(new Error(`530 Locked: ${trap}`));
  expect(sentence).toBe(
    '530 Locked: [Unlock now] (command:workbench.action.terminal.sendSequence?x)',
  );
});

test('nor does the name of a file, nor that of a site', () => {
  const path = toRemotePath(`/${trap}`);
  const error = new RemoteFileError('notFound', path, `${path} is not there`);
  expect(sentenceOf(error)).not.toContain('](');
  expect(toFileSystemError(error, trap).message).not.toContain('](');
});

test('what would act on a terminal or deceive a reader is made visible', () => {
  expect(sentenceOf('a\u001b[31m\u202eb')).toBe('a\\x1b[31m\\u202eb');
});
