import { visibleText } from '../base/visibleText.ts';

/** What went wrong, as a person may read it. */
export function sentenceOf(error: unknown): string {
  return visibleText(error instanceof Error ? error.message : String(error));
}
