import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parseDialogue } from '../../support/dialogue.ts';
import { byteByByte, torn, whole } from '../../support/dialoguePipe.ts';
import { playDialogue } from '../../support/dialogueUser.ts';

const folder = new URL('../../dialogues/', import.meta.url);

const dialogues = readdirSync(folder)
  .filter((name) => name.endsWith('.txt'))
  .map((name) => parseDialogue(name, readFileSync(new URL(name, folder), 'utf8')));

describe.each(dialogues.map((dialogue) => [dialogue.name, dialogue] as const))(
  'the dialogue %s goes as it is written',
  (_name, dialogue) => {
    test('when all that is sent comes whole', async () => {
      await playDialogue(dialogue, whole);
    });

    test('when it comes byte by byte', async () => {
      await playDialogue(dialogue, byteByByte);
    });

    test.each([1, 2, 3])('when it comes torn anywhere (%i)', async (seed) => {
      await playDialogue(dialogue, torn(seed));
    });
  },
);

test('there are dialogues to play', () => {
  expect(dialogues.length).toBeGreaterThan(5);
});
