// The window of VS Code as a user has it: what is clicked and typed, and what is read off it.
import type { Browser, Locator, Page } from 'playwright-core';
import { stepDeadline } from '../waiting.ts';

/** The size of the window, and of the pictures taken of it. */
const windowSize = { width: 1400, height: 900 };

/** Opens the address in a new window of the browser; the window is closed with the browser. */
export async function openWorkbench(browser: Browser, url: string): Promise<Workbench> {
  const page = await browser.newPage({ viewport: windowSize });
  page.setDefaultTimeout(stepDeadline);
  page.setDefaultNavigationTimeout(stepDeadline);
  await page.goto(url, { waitUntil: 'domcontentloaded' });
  await page.locator('.monaco-workbench').waitFor();
  return new Workbench(page);
}

/** One window. Every method waits until what it does is visible. */
export class Workbench {
  /** For what has no method of its own. */
  readonly page: Page;

  constructor(page: Page) {
    this.page = page;
  }

  /** The row of a file or folder in the Explorer, by its name alone. */
  explorerRow(name: string): Locator {
    const rows = this.page.locator('.explorer-folders-view .monaco-list-row');
    const label = this.page.locator('.label-name').filter({ hasText: exactly(name) });
    return rows.filter({ has: label });
  }

  /** The row of a tree view of the sidebar other than the Explorer, by its name alone. */
  viewRow(name: string): Locator {
    const rows = this.page.locator('.sidebar .customview-tree .monaco-list-row');
    const label = this.page.locator('.label-name').filter({ hasText: exactly(name) });
    return rows.filter({ has: label });
  }

  /** Opens one of the containers of the activity bar. */
  async openContainer(name: string): Promise<void> {
    const icon = this.page.locator('.activitybar .action-item a').and(this.page.getByLabel(name));
    await icon.first().click();
  }

  /** Shows the Explorer. A key that falls between two loads of the window is lost, so it may be two. */
  async openExplorer(): Promise<void> {
    const explorer = this.page.locator('.explorer-folders-view');
    for (let attempt = 1; attempt <= 5; attempt++) {
      await this.page.keyboard.press('ControlOrMeta+Shift+E');
      const shown = explorer.waitFor({ timeout: 10_000 });
      if (
        await shown.then(
          () => true,
          () => false,
        )
      )
        return;
    }
    await explorer.waitFor();
  }

  /** The tab of an editor that shows the file of that name alone. */
  tab(name: string): Locator {
    // A comparison has the resource's name too; only its label shows two.
    const isOne = ':not([aria-label*="↔"])';
    return this.page.locator(`.tabs-container .tab[data-resource-name="${name}"]${isOne}`);
  }

  /** The lines of the editor that is open, one locator for all. */
  lines(): Locator {
    return this.page.locator('.editor-group-container.active .editor-instance .view-line');
  }

  /** Opens a file from the Explorer, to stay, and waits until a line with the text is shown. */
  async openFile(name: string, text: string): Promise<void> {
    await this.explorerRow(name).dblclick();
    await this.tab(name).waitFor();
    await this.lines().filter({ hasText: text }).first().waitFor();
  }

  /** Begins a new line after the first one that shows the text, indented like it, and types there. */
  async typeAfterLine(text: string, typed: string): Promise<void> {
    await this.lines().filter({ hasText: text }).first().click();
    await this.page.keyboard.press('End');
    await this.page.keyboard.press('Enter');
    await this.page.keyboard.type(typed);
    await this.lines().filter({ hasText: typed }).first().waitFor();
  }

  /** Saves the active editor and waits until its tab is no longer marked as changed. */
  async save(name: string): Promise<void> {
    const changed = this.tab(name).and(this.page.locator('.dirty'));
    await changed.waitFor();
    await this.page.keyboard.press('ControlOrMeta+S');
    await changed.waitFor({ state: 'detached' });
  }

  /** Renames a file by way of the Explorer. */
  async rename(name: string, newName: string): Promise<void> {
    await this.explorerRow(name).click();
    await this.page.keyboard.press(process.platform === 'darwin' ? 'Enter' : 'F2');
    const input = this.page.locator('.explorer-folders-view .explorer-item-edited input');
    await input.waitFor();
    await input.fill(newName);
    await input.press('Enter');
    await this.explorerRow(newName).waitFor();
    await this.explorerRow(name).waitFor({ state: 'detached' });
  }

  /** Deletes a file by way of the Explorer, and agrees when asked. */
  async delete(name: string): Promise<void> {
    await this.explorerRow(name).click();
    await this.page.keyboard.press(process.platform === 'darwin' ? 'Meta+Backspace' : 'Delete');
    await this.answer(/^(Delete|Move to Trash)$/);
    await this.explorerRow(name).waitFor({ state: 'detached' });
  }

  /** The dialog that is open, if one is. */
  dialog(): Locator {
    return this.page.locator('.monaco-dialog-box');
  }

  /** What the title of the active editor offers, by its words. */
  titleAction(label: string): Locator {
    const actions = this.page.locator(
      '.editor-group-container.active .editor-actions .action-item',
    );
    return actions.filter({ hasText: exactly(label) });
  }

  /** Presses the button of the dialog that is open, or that opens now. */
  async answer(button: string | RegExp): Promise<void> {
    const dialog = this.dialog();
    await dialog.waitFor();
    await dialog.locator('.monaco-button').filter({ hasText: button }).first().click();
    await dialog.waitFor({ state: 'detached' });
  }

  /** Runs a command by the title that the command palette shows. */
  async runCommand(title: string, shown: string = title): Promise<void> {
    await this.page.keyboard.press('F1');
    const palette = this.page.locator('.quick-input-widget:visible');
    await palette.locator('input').first().fill(`>${title}`);
    await palette.locator('.monaco-list-row').filter({ hasText: shown }).first().click();
  }

  /** Answers a question that a command asks by a list. */
  async pick(label: string): Promise<void> {
    const list = this.page.locator('.quick-input-widget:visible .quick-input-list');
    await list.locator('.monaco-list-row').filter({ hasText: label }).first().click();
  }

  /** The item of the status bar whose text or tooltip, as a screen reader says it, has the text. */
  statusBarItem(text: string | RegExp): Locator {
    return this.page.locator('.statusbar .statusbar-item').filter({
      has: this.page.getByLabel(text),
    });
  }

  /** A notification that has the text. */
  notification(text: string | RegExp): Locator {
    return this.page.locator('.notification-toast').filter({ hasText: text });
  }
}

function exactly(text: string): RegExp {
  return new RegExp(`^${text.replaceAll(/[^\w\s]/g, '\\$&')}$`);
}
