import { visibleText } from '../../base/visibleText.ts';

/** The text as XML shows it, in an attribute too; what nobody may write into XML is made visible. */
export function escapeXml(text: string): string {
  return visibleText(text)
    .replaceAll(/[\p{Surrogate}\ufffe\uffff]/gu, '\ufffd')
    .replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** The text, cut where it would leave its place in the drawing. */
export function shortened(text: string, length: number): string {
  // Whole letters: half a one is none that XML could hold.
  const letters = text.match(/./gsu) ?? [];
  return letters.length > length ? `${letters.slice(0, length - 1).join('')}…` : text;
}
