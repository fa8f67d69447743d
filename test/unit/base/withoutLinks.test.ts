import { expect, test } from 'vitest';
import { withoutLinks } from '../../../src/base/visibleText.ts';

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
