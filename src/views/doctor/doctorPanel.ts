import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import { CancelledError } from '../../base/abort.ts';
import { visibleText } from '../../base/visibleText.ts';
import { drawReport } from '../../doctor/report/drawing.ts';
import type { DoctorReport, Stage } from '../../doctor/report/report.ts';
import { reportText } from '../../doctor/report/reportText.ts';
import { plainText, sentenceOf } from '../../workspace/sentence.ts';
import type { Site } from '../../workspace/sites/site.ts';
import type { SiteDoctor } from '../../workspace/sites/siteDoctor.ts';
import { doctorWords as words } from './doctorMessages.ts';
import {
  doctorActions,
  type DoctorAction,
  doctorNews,
  doctorPage,
  doctorShell,
  type DoctorView,
} from './doctorPage.ts';

/** What the panels work with. */
export interface DoctorParts {
  readonly doctor: Pick<SiteDoctor, 'examine' | 'apply'>;
  readonly onError: (error: unknown) => void;
}

/** The Connection Doctor's pages: one for each site, each in a tab of its own. */
export class DoctorPanels implements vscode.Disposable {
  readonly #parts: DoctorParts;
  readonly #open = new Map<string, DoctorPanel>();

  constructor(parts: DoctorParts) {
    this.#parts = parts;
  }

  /** Shows the site's page and tests its connection, unless a test is running. */
  examine(site: Site): void {
    let panel = this.#open.get(site.id);
    if (!panel) {
      panel = new DoctorPanel(site, this.#parts, () => this.#open.delete(site.id));
      this.#open.set(site.id, panel);
    }
    panel.examine({ writes: false });
  }

  dispose(): void {
    for (const panel of this.#open.values()) panel.dispose();
  }
}

class DoctorPanel {
  readonly #parts: DoctorParts;
  readonly #site: Site;
  readonly #panel: vscode.WebviewPanel;
  #running: AbortController | undefined;
  #view: DoctorView;
  #isClosed = false;

  constructor(site: Site, parts: DoctorParts, onClosed: () => void) {
    this.#parts = parts;
    this.#site = site;
    this.#view = { kind: 'running', site: visibleText(site.name), stages: [] };
    this.#panel = vscode.window.createWebviewPanel(
      'portside.doctor',
      words.title(visibleText(site.name)),
      vscode.ViewColumn.Active,
      { enableScripts: true, localResourceRoots: [] },
    );
    this.#panel.iconPath = new vscode.ThemeIcon('pulse');
    this.#panel.webview.onDidReceiveMessage((message: unknown) => this.#onMessage(message));
    this.#panel.onDidDispose(() => {
      this.#isClosed = true;
      this.#running?.abort(new CancelledError('The test of the connection'));
      onClosed();
    });
    const nonce = randomBytes(16).toString('hex');
    this.#panel.webview.html = doctorShell(nonce, vscode.env.language);
  }

  examine({ writes }: { readonly writes: boolean }): void {
    // The user may have closed it while a question was open.
    if (this.#isClosed) return;
    this.#panel.reveal();
    if (this.#running) return;
    const running = new AbortController();
    this.#running = running;
    void this.#examine(writes, running.signal).finally(() => {
      this.#running = undefined;
    });
  }

  dispose(): void {
    this.#panel.dispose();
  }

  async #examine(writes: boolean, signal: AbortSignal): Promise<void> {
    const site = visibleText(this.#site.name);
    const stages: Stage[] = [];
    this.#show({ kind: 'running', site, stages });
    try {
      const onStage = (stage: Stage): void => {
        stages.push(stage);
        this.#show({ kind: 'running', site, stages });
      };
      const report = await this.#parts.doctor.examine(this.#site.id, { writes, signal, onStage });
      this.#show({ kind: 'done', site, report, drawing: drawReport(report) });
    } catch (error) {
      const kind = error instanceof CancelledError ? 'stopped' : 'broken';
      this.#show({ kind, site, stages, why: sentenceOf(error) });
    }
  }

  // VS Code unloads a hidden page, which asks for its content when it is shown again.
  #show(view: DoctorView): void {
    this.#view = view;
    // A closed page throws when it is used. The test may end after the user has closed it.
    if (this.#isClosed) return;
    void this.#panel.webview.postMessage({ page: doctorPage(view), news: doctorNews(view) });
  }

  #onMessage(message: unknown): void {
    const action = actionOf(message);
    if (action) this.#act(action).catch(this.#parts.onError);
  }

  async #act(action: DoctorAction): Promise<void> {
    switch (action) {
      case 'ready':
        return this.#show(this.#view);
      case 'again':
        return this.examine({ writes: false });
      case 'againWriting':
        return this.examine({ writes: true });
      case 'stop':
        return this.#running?.abort(new CancelledError('The test of the connection'));
      case 'copy':
        return this.#withReport(copyReport);
      case 'fix':
        return this.#withReport((report) => this.#fix(report));
      default:
        return action satisfies never;
    }
  }

  async #withReport(act: (report: DoctorReport) => Promise<void>): Promise<void> {
    if (this.#view.kind === 'done') await act(this.#view.report);
  }

  async #fix({ fix }: DoctorReport): Promise<void> {
    if (!fix) return;
    if (fix.risk !== undefined) {
      const label = plainText(fix.label);
      const options = { modal: true, detail: plainText(fix.risk) };
      const question = words.askToFix(label);
      if ((await vscode.window.showWarningMessage(question, options, label)) !== label) return;
    }
    await this.#parts.doctor.apply(this.#site.id, fix.changes);
    this.examine({ writes: false });
  }
}

async function copyReport(report: DoctorReport): Promise<void> {
  await vscode.env.clipboard.writeText(reportText(report));
  void vscode.window.showInformationMessage(words.copied());
}

function actionOf(message: unknown): DoctorAction | undefined {
  if (typeof message !== 'object' || message === null || !('action' in message)) return undefined;
  return doctorActions.find((action) => action === message.action);
}
