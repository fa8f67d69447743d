import { errorMessage } from '../base/errorMessage.ts';
import { visibleText } from '../base/visibleText.ts';
import { withoutLinks } from '../base/withoutLinks.ts';

/** Somebody else's words as a notification, a question or a prompt may show them: as text only. */
export function plainText(text: string): string {
  return withoutLinks(visibleText(text));
}

/** What went wrong, as a person may read it. */
export function sentenceOf(error: unknown): string {
  return plainText(errorMessage(error));
}
