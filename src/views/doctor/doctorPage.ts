import {
  type DoctorReport,
  type Outcome,
  type Stage,
  stageIds,
} from '../../doctor/report/report.ts';
import { doctorWords as words } from './doctorMessages.ts';

/** What the page shows. Every text in it may come from a hostile server. */
export type DoctorView =
  | { readonly kind: 'running'; readonly site: string; readonly stages: readonly Stage[] }
  | {
      readonly kind: 'stopped' | 'broken';
      readonly site: string;
      readonly stages: readonly Stage[];
      readonly why: string;
    }
  | {
      readonly kind: 'done';
      readonly site: string;
      readonly report: DoctorReport;
      /** The drawing of the report, as SVG that has escaped what it shows. */
      readonly drawing: string;
    };

/** What a button asks for. The page sends `ready` by itself, when it has been loaded. */
export const doctorActions = ['ready', 'again', 'againWriting', 'stop', 'copy', 'fix'] as const;
export type DoctorAction = (typeof doctorActions)[number];

/** The empty page. It may run only this one script, and load nothing. */
export function doctorShell(nonce: string, language: string): string {
  const policy = `default-src 'none'; style-src 'nonce-${nonce}'; script-src 'nonce-${nonce}'`;
  return `<!DOCTYPE html>
<html lang="${escapeHtml(language)}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<style nonce="${nonce}">${style}</style>
</head>
<body><main id="page"></main><p id="said" class="unseen" role="status"></p><script nonce="${nonce}">${script}</script></body>
</html>`;
}

/** The content of the page. */
export function doctorPage(view: DoctorView): string {
  const stages = view.kind === 'done' ? view.report.stages : view.stages;
  return [
    `<h1>${escapeHtml(words.title(view.site))}</h1>`,
    verdict(view),
    view.kind === 'done' ? picture(view.drawing) : '',
    stages.length > 0 ? stageTable(stages) : '',
  ].join('\n');
}

/** What a screen reader says: the last thing that has happened. */
export function doctorNews(view: DoctorView): string {
  switch (view.kind) {
    case 'running': {
      const last = view.stages.at(-1);
      if (!last) return words.running();
      return words.stageOver(words.stageTitle(last.id), words.outcome(last.outcome));
    }
    case 'stopped':
      return words.stopped();
    case 'broken':
      return words.broken();
    case 'done':
      return headlineOf(view.report);
    default:
      return view satisfies never;
  }
}

function verdict(view: DoctorView): string {
  switch (view.kind) {
    case 'running':
      return box(
        'running',
        words.running(),
        [words.runningNow()],
        [['stop', words.stop()]],
        progress(view.stages),
      );
    case 'stopped':
      return box('skipped', words.stopped(), [], [['again', words.again()]]);
    case 'broken':
      return box('failed', words.broken(), [view.why], [['again', words.again()]]);
    case 'done':
      return diagnosis(view.report);
    default:
      return view satisfies never;
  }
}

// Some warnings have no cause of their own: a folder that cannot be written, lines that cannot be read.
function isWell({ cause, stages }: DoctorReport): boolean {
  return cause === 'none' && !stages.some(({ outcome }) => outcome === 'warning');
}

function headlineOf(report: DoctorReport): string {
  const { cause } = report;
  return cause === 'none' && !isWell(report) ? words.wellEnough() : words.headline(cause);
}

function diagnosis(report: DoctorReport): string {
  const { cause, certainty, usable, explanation, advice, fix } = report;
  const outcome = isWell(report) ? 'ok' : usable ? 'warning' : 'failed';
  const sure = certainty === 'certain' ? '' : ` (${words.certainty(certainty)})`;
  const lines = [explanation, advice, usable && cause !== 'none' ? words.usable() : ''];
  return box(outcome, `${headlineOf(report)}${sure}`, lines, [
    ...(fix ? [['fix', fix.label] as const] : []),
    ['again', words.again()],
    ...(usable ? [['againWriting', words.againWriting()] as const] : []),
    ['copy', words.copy()],
  ]);
}

function box(
  outcome: Outcome | 'running',
  headline: string,
  lines: readonly string[],
  buttons: readonly (readonly [DoctorAction, string])[],
  more = '',
): string {
  const mark = outcome === 'running' ? '…' : marks[outcome];
  const paragraphs = lines.filter(Boolean).map((line) => `<p>${escapeHtml(line)}</p>`);
  const row = buttons.map(([action, label], at) => {
    const kind = at === 0 ? 'primary' : 'secondary';
    return `<button id="${action}" class="${kind}" data-action="${action}">${escapeHtml(label)}</button>`;
  });
  return `<section class="verdict ${outcome}">
<h2><span class="mark" aria-hidden="true">${mark}</span> ${escapeHtml(headline)}</h2>
${paragraphs.join('\n')}${more}
<div class="buttons">${row.join('')}</div>
</section>`;
}

function progress(stages: readonly Stage[]): string {
  const label = escapeHtml(words.progress(stages.length, stageIds.length));
  return `<progress max="${stageIds.length}" value="${stages.length}" aria-label="${label}" title="${label}"></progress>`;
}

function picture(drawing: string): string {
  return `<section><h2>${escapeHtml(words.picture())}</h2><div class="drawing" lang="en">${drawing}</div></section>`;
}

function stageTable(stages: readonly Stage[]): string {
  const head = ['', words.stage(), words.result(), words.time()];
  return `<section><h2>${escapeHtml(words.stages())}</h2>
<table>
<thead><tr>${head.map((cell) => `<th scope="col">${escapeHtml(cell)}</th>`).join('')}</tr></thead>
<tbody>${stages.map(stageRow).join('\n')}</tbody>
</table></section>`;
}

function stageRow({ id, outcome, ms, summary, tried }: Stage): string {
  const time = outcome === 'skipped' ? '' : words.milliseconds(Math.round(ms).toString());
  const attempts = tried.map(
    ({ what, outcome: came, said }) =>
      `<li>${outcomeMark(came)} <b>${escapeHtml(what)}</b> ${escapeHtml(said)}</li>`,
  );
  // A failed stage is shown unfolded: the user looks at it first.
  const open = outcome === 'failed' ? ' open' : '';
  const details =
    tried.length === 0
      ? ''
      : `<details id="tried-${id}"${open}><summary id="summary-${id}">${escapeHtml(words.details(tried.length))}</summary>
<ul>${attempts.join('')}</ul></details>`;
  return `<tr class="${outcome}"><td>${outcomeMark(outcome)}</td><th scope="row">${escapeHtml(words.stageTitle(id))}</th>
<td>${escapeHtml(summary)}${details}</td><td class="time">${escapeHtml(time)}</td></tr>`;
}

const marks: Readonly<Record<Outcome, string>> = {
  ok: '✓',
  failed: '✗',
  warning: '!',
  skipped: '–',
};

function outcomeMark(outcome: Outcome): string {
  const word = escapeHtml(words.outcome(outcome));
  return `<span class="mark ${outcome}" role="img" aria-label="${word}" title="${word}">${marks[outcome]}</span>`;
}

/** The text for HTML, in an attribute too. */
export function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

const style = `
body { font-family: var(--vscode-font-family); color: var(--vscode-foreground); max-width: 60rem;
  margin: 0 auto; padding: 1rem 1.5rem 3rem; line-height: 1.5; }
h1 { font-size: 1.4rem; font-weight: 600; }
h2 { font-size: 1.1rem; font-weight: 600; margin: 0 0 .5rem; }
section { margin: 1.25rem 0; }
.verdict { border: 1px solid var(--vscode-panel-border); border-left-width: 4px; padding: .9rem 1.1rem;
  background: var(--vscode-textBlockQuote-background); }
.verdict p { margin: .3rem 0; max-width: 48rem; }
.verdict.ok { border-left-color: var(--vscode-testing-iconPassed); }
.verdict.failed { border-left-color: var(--vscode-testing-iconFailed); }
.verdict.warning { border-left-color: var(--vscode-editorWarning-foreground); }
.verdict.running { border-left-color: var(--vscode-progressBar-background); }
.mark { display: inline-block; min-width: 1em; font-weight: 700; text-align: center; }
.mark.ok, .verdict.ok h2 .mark { color: var(--vscode-testing-iconPassed); }
.mark.failed, .verdict.failed h2 .mark { color: var(--vscode-testing-iconFailed); }
.mark.warning, .verdict.warning h2 .mark { color: var(--vscode-editorWarning-foreground); }
.mark.skipped { color: var(--vscode-disabledForeground); }
.buttons { display: flex; flex-wrap: wrap; gap: .5rem; margin-top: .8rem; }
button { font: inherit; padding: .3rem .9rem; border: 1px solid var(--vscode-button-border, transparent);
  border-radius: 2px; cursor: pointer; }
button.primary { color: var(--vscode-button-foreground); background: var(--vscode-button-background); }
button.primary:hover { background: var(--vscode-button-hoverBackground); }
button.secondary { color: var(--vscode-button-secondaryForeground);
  background: var(--vscode-button-secondaryBackground); }
button.secondary:hover { background: var(--vscode-button-secondaryHoverBackground); }
button:focus-visible, summary:focus-visible { outline: 1px solid var(--vscode-focusBorder);
  outline-offset: 2px; }
.drawing { overflow-x: auto; }
.drawing svg { max-width: 100%; min-width: 44rem; height: auto; }
progress { appearance: none; display: block; width: 100%; max-width: 24rem; height: 6px; margin-top: .6rem;
  border: 1px solid var(--vscode-contrastBorder, transparent); box-sizing: border-box; }
progress::-webkit-progress-bar { background: var(--vscode-button-secondaryBackground, transparent); }
progress::-webkit-progress-value { background: var(--vscode-progressBar-background); }
.unseen { position: absolute; width: 1px; height: 1px; margin: 0; overflow: hidden; clip-path: inset(50%); }
table { border-collapse: collapse; width: 100%; }
thead th { color: var(--vscode-descriptionForeground); font-weight: 400; }
th, td { text-align: left; vertical-align: top; padding: .35rem .6rem .35rem 0;
  border-bottom: 1px solid var(--vscode-panel-border); }
th[scope=row] { font-weight: 600; white-space: nowrap; }
thead th:last-child { text-align: right; padding-right: 0; }
td { overflow-wrap: anywhere; }
td.time { text-align: right; white-space: nowrap; color: var(--vscode-descriptionForeground);
  font-variant-numeric: tabular-nums; padding-right: 0; }
tr.skipped th, tr.skipped td { color: var(--vscode-descriptionForeground); font-weight: 400; }
summary { cursor: pointer; color: var(--vscode-textLink-foreground); }
ul { list-style: none; margin: .3rem 0; padding: 0; }
`;

// The page is replaced with each stage. Unfolded details stay unfolded, and the focus stays where it was.
// If its button is gone, the focus goes to a button that changes nothing.
const script = `
const editor = acquireVsCodeApi();
const page = document.getElementById('page');
const said = document.getElementById('said');
addEventListener('message', ({ data }) => {
  const open = [...page.querySelectorAll('details[open]')].map(({ id }) => id);
  const focused = document.activeElement?.id;
  page.innerHTML = data.page;
  for (const id of open) document.getElementById(id)?.setAttribute('open', '');
  if (focused) (document.getElementById(focused) ?? document.getElementById('again'))?.focus();
  if (said.textContent !== data.news) said.textContent = data.news;
});
document.addEventListener('click', ({ target }) => {
  const button = target.closest('[data-action]');
  if (button) editor.postMessage({ action: button.dataset.action });
});
editor.postMessage({ action: 'ready' });
`;
