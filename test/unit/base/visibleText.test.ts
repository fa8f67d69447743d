import { expect, test } from 'vitest';
import { visibleText, withoutLinks } from '../../../src/base/visibleText.ts';

test.each([
  ['a\u001b[31mb', 'a\\x1b[31mb'],
  ['a\r\nb\tc\0', 'a\\x0d\\x0ab\\x09c\\x00'],
  ['\u007f\u009b', '\\x7f\\x9b'],
  ['exe.\u202egpj', 'exe.\\u202egpj'],
  ['\u2066x\u2069\u200f', '\\u2066x\\u2069\\u200f'],
  ['1\u061c2', '1\\u061c2'],
])('%j is shown as %j', (text, shown) => {
  expect(visibleText(text)).toBe(shown);
});

test('letters of any language stay as they are', () => {
  expect(visibleText('Ärger Ωμέγα 日本 👋 é')).toBe('Ärger Ωμέγα 日本 👋 é');
});

// As VS Code finds links in notifications and prompts (base/common/linkedText.ts).
const link = /\[([^\]]+)\]\(((?:https?:\/\/|command:|file:)[^)\s]+)(?: (["'])(.+?)(\3))?\)/gi;

test.each([
  '[Unlock now](command:workbench.action.terminal.sendSequence?x)',
  'a [b](https://example.com) c [d](file:///etc/passwd "e") f',
  '[[a](command:b)](command:c)',
])('%s is no link any more', (text) => {
  expect(text).toMatch(link);
  expect(withoutLinks(text)).not.toMatch(link);
});

test('brackets that make no link stay as they are', () => {
  expect(withoutLinks('a[1] (2) [3] f(x)')).toBe('a[1] (2) [3] f(x)');
});
