import { describe, expect, test } from 'vitest';
import { causeIds, type DoctorReport, type Stage } from '../../../../src/doctor/report/report.ts';
import { doctorNews, doctorPage, doctorShell } from '../../../../src/views/doctor/doctorPage.ts';

const stage: Stage = {
  id: 'tls',
  title: 'TLS',
  outcome: 'ok',
  ms: 12.4,
  summary: 'TLS 1.3',
  tried: [{ what: 'AUTH TLS', outcome: 'ok', said: '234 go on' }],
};

function reportOf(changes: Partial<DoctorReport> = {}): DoctorReport {
  return {
    cause: 'none',
    certainty: 'certain',
    usable: true,
    explanation: 'Everything works.',
    advice: '',
    security: 'explicit',
    stages: [stage],
    network: { host: 'ftp.example.com', port: 21, control: 'loggedIn', trials: [] },
    ...changes,
  };
}

function pageOf(changes: Partial<DoctorReport> = {}): string {
  return doctorPage({ kind: 'done', site: 'Shop', report: reportOf(changes), drawing: '<svg/>' });
}

const buttons = (page: string): readonly (string | undefined)[] =>
  [...page.matchAll(/data-action="(\w+)"/g)].map(([, action]) => action);

const hostile = `"><script>alert('&')</script><img src=x onerror=alert(1)>`;

describe('the page of the Connection Doctor', () => {
  test.each(causeIds)('has a headline of its own for %s', (cause) => {
    const headlines = causeIds.map((id) => /<h2>(?:.*?)<\/h2>/s.exec(pageOf({ cause: id }))?.[0]);
    const own = /<h2>(?:.*?)<\/h2>/s.exec(pageOf({ cause }))?.[0];
    expect(headlines.filter((headline) => headline === own)).toHaveLength(1);
  });

  test('shows hostile words as words, wherever they stand', () => {
    const fix = { label: hostile, changes: {} };
    const hurt: Stage = { ...stage, summary: hostile };
    const tried = [{ what: hostile, outcome: 'failed' as const, said: hostile }];
    const page = doctorPage({
      kind: 'done',
      site: hostile,
      report: reportOf({
        cause: 'not-ftp',
        explanation: hostile,
        advice: hostile,
        fix,
        stages: [{ ...hurt, tried }],
      }),
      drawing: '',
    });
    expect(page).not.toContain('<script');
    expect(page).not.toContain('<img');
    expect(page.split('alert(1)')).toHaveLength(8);
    expect(doctorPage({ kind: 'broken', site: 'a', stages: [], why: hostile })).not.toContain(
      '<img',
    );
  });

  test('offers the fix first, and only where there is one', () => {
    const fix = {
      label: 'Use implicit TLS at port 990',
      changes: { security: 'implicit' as const },
    };
    expect(buttons(pageOf({ cause: 'implicit-tls-expected', fix }))).toEqual([
      'fix',
      'again',
      'againWriting',
      'copy',
    ]);
    expect(buttons(pageOf())).toEqual(['again', 'againWriting', 'copy']);
    expect(buttons(doctorPage({ kind: 'running', site: 'a', stages: [] }))).toEqual(['stop']);
  });

  test('names an outcome in words, not by its mark alone', () => {
    expect(pageOf()).toContain('aria-label="passed"');
  });

  test('tells a screen reader each thing once, as it happens', () => {
    const at = { site: 'Shop', stages: [stage] };
    const news = [
      doctorNews({ kind: 'running', site: 'Shop', stages: [] }),
      doctorNews({ kind: 'running', ...at }),
      doctorNews({ kind: 'stopped', ...at, why: '' }),
      doctorNews({ kind: 'done', site: 'Shop', report: reportOf(), drawing: '' }),
    ];
    expect(news).toEqual([
      'Testing the connection',
      'TLS: passed',
      'The test was stopped',
      'All is well',
    ]);
    // It is outside of what is replaced: there it would be heard again, or not at all.
    expect(doctorShell('abc', 'de')).toMatch(/<\/main><p id="said"[^>]* role="status">/);
    expect(pageOf()).not.toContain('role="status"');
  });

  test('does not call all well what some test warns of', () => {
    const page = pageOf({ stages: [stage, { ...stage, id: 'renameOver', outcome: 'warning' }] });
    expect(page).not.toContain('All is well');
    expect(page).toContain('class="verdict warning"');
    expect(pageOf()).toContain('class="verdict ok"');
  });

  test('shows how far the test has come', () => {
    const page = doctorPage({ kind: 'running', site: 'Shop', stages: [stage] });
    expect(page).toContain('<progress max="14" value="1" aria-label="1 of 14 tests are done"');
  });

  test('unfolds what was tried where it failed', () => {
    const stages = [stage, { ...stage, id: 'login' as const, outcome: 'failed' as const }];
    const folds = [...pageOf({ stages }).matchAll(/<details id="([\w-]+)"( open)?>/g)];
    expect(folds.map(([, id, open]) => [id, open !== undefined])).toEqual([
      ['tried-tls', false],
      ['tried-login', true],
    ]);
  });

  test('lets one script run and loads nothing', () => {
    const shell = doctorShell('abc', 'de');
    expect(shell).toContain(
      `content="default-src 'none'; style-src 'nonce-abc'; script-src 'nonce-abc'"`,
    );
    expect(shell.match(/<script/g)).toHaveLength(1);
    expect(shell).not.toMatch(/\sstyle=|\son\w+=|https?:/);
  });
});
