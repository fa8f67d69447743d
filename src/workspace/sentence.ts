import { errorMessage } from '../base/errorMessage.ts';
import { visibleText, withoutLinks } from '../base/visibleText.ts';

/** Somebody else's words as a notification, a question or a prompt may show them: as text only. */
export function plainText(text: string): string {
  return withoutLinks(visibleText(text));
}

/** What went wrong, as a person may read it. */
export function sentenceOf(error: unknown): string {
  return plainText(errorMessage(error));
}
