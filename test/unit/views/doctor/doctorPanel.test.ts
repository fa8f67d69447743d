import { beforeEach, expect, test, vi } from 'vitest';
import type { DoctorReport, Fix, FixChanges } from '../../../../src/doctor/report/report.ts';
import { DoctorPanels } from '../../../../src/views/doctor/doctorPanel.ts';
import { readSites } from '../../../../src/workspace/settings.ts';
import type { SiteDoctor, SiteExamination } from '../../../../src/workspace/sites/siteDoctor.ts';
import { someReport } from '../../doctor/report/someReport.ts';

// A page as VS Code gives it: who touches it after it was closed is thrown at.
const window = vi.hoisted(() => {
  const seen = {
    news: [] as string[],
    questions: [] as string[],
    answer: undefined as string | undefined,
    press: (_action: string): void => {},
    close: (): void => {},
  };
  const createWebviewPanel = (): object => {
    let isClosed = false;
    const open = (): void => {
      if (isClosed) throw new Error('Webview is disposed');
    };
    const webview = {
      html: '',
      postMessage: ({ news }: { news: string }) => void seen.news.push(news),
      onDidReceiveMessage: (listener: (message: unknown) => void) => {
        seen.press = (action) => listener({ action });
      },
    };
    return {
      get webview() {
        open();
        return webview;
      },
      reveal: open,
      dispose: () => seen.close(),
      onDidDispose: (listener: () => void) => {
        seen.close = () => {
          isClosed = true;
          listener();
        };
      },
    };
  };
  return Object.assign(seen, { createWebviewPanel });
});

vi.mock('vscode', async () => ({
  ...(await import('../../../support/vscode.ts')),
  ThemeIcon: Object,
  ViewColumn: { Active: -1 },
  env: { language: 'en' },
  window: {
    createWebviewPanel: window.createWebviewPanel,
    showWarningMessage: (question: string) => {
      window.questions.push(question);
      return Promise.resolve(window.answer);
    },
  },
}));

const { sites } = readSites([{ id: 'shop', name: 'Shop', host: 'a.example.com' }]);

function onError(error: unknown): never {
  throw error;
}

/** The page of a site whose tests end with the report, or go on until they are stopped. */
function opened(report?: DoctorReport): { applied: FixChanges[]; examined: SiteExamination[] } {
  const applied: FixChanges[] = [];
  const examined: SiteExamination[] = [];
  const doctor: Pick<SiteDoctor, 'examine' | 'apply'> = {
    examine: (_site, examination) => {
      examined.push(examination);
      if (report) return Promise.resolve(report);
      const { promise, reject } = Promise.withResolvers<DoctorReport>();
      const { signal } = examination;
      signal.addEventListener('abort', () => reject(signal.reason as Error));
      return promise;
    },
    apply: (_site, changes) => {
      applied.push(changes);
      return Promise.resolve();
    },
  };
  const [site] = sites;
  if (site) new DoctorPanels({ doctor, onError }).examine(site);
  return { applied, examined };
}

beforeEach(() => {
  Object.assign(window, { news: [], questions: [], answer: undefined });
});

test('Stop ends the test, and the page says so', async () => {
  const { examined } = opened();
  window.press('stop');
  await vi.waitFor(() =>
    expect(window.news).toEqual(['Testing the connection', 'The test was stopped']),
  );
  expect(examined[0]?.signal.aborted).toBe(true);
});

test('a page that is closed ends its test, and is touched no more', async () => {
  const { examined } = opened();
  window.close();
  await expect.poll(() => examined[0]?.signal.aborted).toBe(true);
  // Whoever still waits for the test has heard of its end by then.
  await new Promise(setImmediate);
  expect(window.news).toEqual(['Testing the connection']);
});

const fix: Fix = { label: 'Use explicit TLS', changes: { security: 'explicit' } };
const risky: Fix = { ...fix, label: 'Connect without TLS', risk: 'Anybody can read it.' };

test('a fix is applied, and the connection tested again', async () => {
  const { applied, examined } = opened(someReport({ fix }));
  await expect.poll(() => window.news.length).toBe(2);
  window.press('fix');
  await expect.poll(() => examined.length).toBe(2);
  expect([applied, window.questions]).toEqual([[fix.changes], []]);
});

test.each([
  [undefined, []],
  ['Connect without TLS', [risky.changes]],
])('a fix with a risk is applied only when it is agreed to: %s', async (answer, changes) => {
  window.answer = answer;
  const { applied } = opened(someReport({ fix: risky }));
  await expect.poll(() => window.news.length).toBe(2);
  window.press('fix');
  await expect.poll(() => window.questions).toEqual(['Connect without TLS?']);
  await new Promise(setImmediate);
  expect(applied).toEqual(changes);
});
