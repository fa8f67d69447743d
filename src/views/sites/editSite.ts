import * as vscode from 'vscode';
import { parseRemotePath } from '../../base/paths.ts';
import { visibleText } from '../../base/visibleText.ts';
import type { Passwords } from '../../workspace/sites/passwords.ts';
import type { Site } from '../../workspace/sites/site.ts';
import { parseSiteAddress } from '../../workspace/sites/siteAddress.ts';
import type { SiteStore, SiteValues } from '../../workspace/sites/siteStore.ts';
import { withoutIcons } from '../formats.ts';
import { securityWords, siteFields, siteWords as words } from '../messages.ts';
import { askChoice, askText, type StepFrame, type TextQuestion } from '../multiStep.ts';
import { rootProblem, securityChoices } from './addSite.ts';

/** What editing changes. */
export interface EditParts {
  readonly store: SiteStore;
  readonly passwords: Passwords;
}

interface Field extends vscode.QuickPickItem {
  /** `undefined`: nothing changes. */
  readonly ask: (frame: StepFrame) => Promise<SiteValues | undefined>;
}

/** Shows the settings of a site, and lets the user change one after the other until they cancel. */
export async function editSite(siteId: string, { store, passwords }: EditParts): Promise<void> {
  for (;;) {
    const site = store.find(siteId);
    if (!site) return;
    const title = words.editTitle(visibleText(site.name));
    const field = await vscode.window.showQuickPick(
      [...textFields(site), ...otherFields(site, passwords)],
      { title, placeHolder: words.whatToEdit() },
    );
    if (!field) return;
    const frame = { title, step: 1, totalSteps: 1, canGoBack: false };
    const values = await field.ask(frame);
    if (values) await store.edit(siteId, values);
    if (field.label === siteFields.more()) return;
  }
}

function textFields(site: Site): Field[] {
  const { name, host, port, username = '', root = '', group = '' } = site;
  return [
    textField(
      siteFields.name(),
      { prompt: words.name(), value: name, validate: notEmpty },
      (text) => ({
        name: text,
      }),
    ),
    textField(
      siteFields.host(),
      { prompt: siteFields.host(), value: host, validate: isHost },
      (text) => ({
        host: text,
      }),
    ),
    textField(
      siteFields.port(),
      { prompt: siteFields.port(), value: String(port), validate: isPort },
      (text) => ({ port: Number(text) }),
    ),
    textField(
      siteFields.username(),
      { prompt: words.user(), value: username },
      (text) => ({ username: text || undefined }),
      words.anonymous(),
    ),
    textField(
      siteFields.root(),
      { prompt: words.root(), value: root, validate: rootProblem },
      (text) => ({ root: parseRemotePath(text) }),
      words.chosenByServer(),
    ),
    textField(siteFields.group(), { prompt: words.group(), value: group }, (text) => ({
      group: text || undefined,
    })),
  ];
}

function otherFields(site: Site, passwords: Passwords): Field[] {
  return [
    {
      label: siteFields.security(),
      description: securityWords(site.security).label,
      ask: async (frame) => {
        const answer = await askChoice(frame, words.security(), securityChoices(), site.security);
        return typeof answer === 'object' ? { security: answer.value } : undefined;
      },
    },
    {
      label: siteFields.password(),
      ask: async (frame) => {
        const question = { prompt: words.password(), value: '', password: true };
        const answer = await askText(frame, question);
        if (typeof answer !== 'object') return undefined;
        if (answer.value === '') await passwords.remove(site.id, 'password');
        else await passwords.save(site, answer.value);
        return undefined;
      },
    },
    switchField(siteFields.readOnly(), site.readOnly, (readOnly) => ({ readOnly })),
    switchField(siteFields.askPassword(), site.askPassword, (askPassword) => ({ askPassword })),
    {
      label: siteFields.more(),
      ask: async () => {
        await vscode.commands.executeCommand('workbench.action.openSettingsJson', {
          revealSetting: { key: 'portside.sites', edit: true },
        });
        return undefined;
      },
    },
  ];
}

function textField(
  label: string,
  question: TextQuestion,
  toValues: (text: string) => SiteValues,
  whenEmpty = '',
): Field {
  return {
    label,
    description: withoutIcons(visibleText(question.value || whenEmpty)),
    ask: async (frame) => {
      const answer = await askText(frame, question);
      if (typeof answer !== 'object') return undefined;
      const text = answer.value.trim();
      return text === question.value ? undefined : toValues(text);
    },
  };
}

function switchField(label: string, on: boolean, toValues: (on: boolean) => SiteValues): Field {
  return {
    label,
    description: on ? words.yes() : words.no(),
    ask: () => Promise.resolve(toValues(!on)),
  };
}

function notEmpty(text: string): string | undefined {
  return text.trim() === '' ? words.empty() : undefined;
}

function isHost(text: string): string | undefined {
  return parseSiteAddress(text)?.host === text.trim().toLowerCase()
    ? undefined
    : words.addressWrong();
}

function isPort(text: string): string | undefined {
  const port = Number(text);
  return Number.isInteger(port) && port >= 1 && port <= 65_535 ? undefined : words.portWrong();
}
