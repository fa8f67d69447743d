/**
 * The text with no link in it where VS Code would make one. Notifications and the prompts of inputs
 * turn `[text](command:...)` into something to click on, which runs that command: what a server or
 * a settings file says is shown there through this.
 */
export function withoutLinks(text: string): string {
  return text.replaceAll('](', '] (');
}
