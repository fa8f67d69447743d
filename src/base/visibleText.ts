/**
 * The text with every character shown that would otherwise act: controls (C0, DEL, C1: a terminal
 * or a log obeys them) and those that turn the direction of writing, which make "gpj.exe" look like
 * "exe.jpg". What a server sends is shown through this, and only so.
 */
export function visibleText(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Bidi_Control}]/gu, escape);
}

function escape(character: string): string {
  const code = character.charCodeAt(0);
  return code < 0x100
    ? `\\x${code.toString(16).padStart(2, '0')}`
    : `\\u${code.toString(16).padStart(4, '0')}`;
}

/**
 * The text with no link in it where VS Code would make one. Notifications and the prompts of inputs
 * turn `[text](command:...)` into something to click on, which runs that command: what a server or
 * a settings file says is shown there through this.
 */
export function withoutLinks(text: string): string {
  return text.replaceAll('](', '] (');
}
