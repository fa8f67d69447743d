import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  judgeDataPorts,
  type VerdictFacts,
} from '../../../../src/doctor/report/dataPortVerdict.ts';
import { gravest } from '../../../../src/doctor/report/finding.ts';
import type { RungTrial, TrialOutcome } from '../../../../src/doctor/report/report.ts';
import { allRungs, chooseRungs } from '../../../../src/ftp/rung.ts';
import { trial } from './someReport.ts';

const anything: VerdictFacts = {
  rungs: allRungs,
  usePassiveAddress: false,
  passiveAddress: undefined,
  canBrowse: false,
};

function causeOf(
  trials: readonly RungTrial[],
  context: Partial<VerdictFacts> = {},
): string | undefined {
  return gravest(judgeDataPorts(trials, { ...anything, ...context }))?.cause;
}

/** The five data ports in stream mode: default, EPSV, PASV, EPRT, PORT. */
function five(...outcomes: readonly TrialOutcome[]): RungTrial[] {
  const ports = ['default', 'epsv', 'pasv', 'eprt', 'port'] as const;
  return ports.map((dataPort, at) => trial(dataPort, outcomes[at] ?? 'notTried'));
}

describe('the pattern of data ports', () => {
  test.each<[string, readonly TrialOutcome[], string | undefined]>([
    ['all work', ['worked', 'worked', 'worked', 'worked', 'worked'], undefined],
    [
      'a stateful firewall at the client side',
      ['timedOut', 'worked', 'worked', 'timedOut', 'timedOut'],
      'data-ports-filtered-client',
    ],
    [
      'the same with an ALG for PORT',
      ['timedOut', 'worked', 'worked', 'worked', 'worked'],
      undefined,
    ],
    [
      'a firewall at the client side that knows the way back',
      ['worked', 'worked', 'worked', 'timedOut', 'timedOut'],
      'data-ports-filtered-client',
    ],
    [
      'a server that has no default data port, and no active ones',
      ['refused', 'worked', 'worked', 'notOffered', 'notOffered'],
      undefined,
    ],
    [
      'a server that exposes its port 21 only',
      ['worked', 'timedOut', 'timedOut', 'worked', 'worked'],
      'data-ports-filtered-server',
    ],
    [
      'the same, and a client side that knows the way back',
      ['worked', 'timedOut', 'timedOut', 'timedOut', 'timedOut'],
      'data-ports-filtered-server',
    ],
    [
      'the same, and a NAT',
      ['timedOut', 'timedOut', 'timedOut', 'timedOut', 'timedOut'],
      'data-ports-filtered-somewhere',
    ],
    [
      'passive ports that are turned down at once',
      ['worked', 'refused', 'refused', 'worked', 'worked'],
      'data-ports-filtered-server',
    ],
    [
      'no data port at all',
      ['refused', 'notOffered', 'notOffered', 'notOffered', 'notOffered'],
      'data-ports-refused',
    ],
    [
      'a server that lets us in no more',
      ['notTried', 'notTried', 'notTried', 'notTried', 'notTried'],
      'interrupted',
    ],
  ])('%s', (_name, outcomes, cause) => {
    const trials = five(...outcomes).map((one) =>
      // A server that has no default data port says 425, and one that cannot dial us as well.
      one.outcome === 'refused' && one.dialledBy === 'server' ? { ...one, replyCode: 425 } : one,
    );
    expect(causeOf(trials)).toBe(cause);
  });

  test.each([
    [504, 'data-ports-filtered-client'],
    [500, 'data-ports-filtered-client'],
    [502, undefined],
  ])('silence on the default data port, and %i to active ones: %s', (replyCode, cause) => {
    const trials = five('timedOut', 'worked', 'worked', 'notOffered', 'notOffered').map((one) =>
      one.outcome === 'notOffered' ? { ...one, replyCode } : one,
    );
    expect(causeOf(trials)).toBe(cause);
  });

  test('425 to an active port is a connection that the server could not make', () => {
    const trials = [
      trial('epsv', 'worked'),
      trial('eprt', 'refused', { replyCode: 425 }),
      trial('port', 'refused', { replyCode: 425 }),
    ];
    expect(causeOf(trials)).toBe('data-ports-filtered-client');
  });

  test.each([
    [522, 'certain'],
    [425, 'likely'],
  ])('%i after a full handshake is a lack of session reuse', (replyCode, certainty) => {
    const trials = five().map((one) => ({
      ...one,
      outcome: 'broken' as const,
      resumed: false,
      replyCode,
    }));
    expect(gravest(judgeDataPorts(trials, anything))).toMatchObject({
      cause: 'session-reuse-missing',
      certainty,
      blocks: true,
    });
  });

  test('a way that the settings forbid is opened by the fix', () => {
    const context = { ...anything, rungs: chooseRungs('auto', 'default') };
    const trials = five('timedOut', 'worked', 'worked', 'worked', 'worked');
    expect(gravest(judgeDataPorts(trials, context))).toMatchObject({
      cause: 'data-ports-refused',
      blocks: true,
      fix: { changes: { mode: 'auto', dataPort: 'auto' } },
    });
  });

  test.each([
    ['port', ['timedOut', 'worked', 'worked', 'timedOut', 'timedOut'], 'client'],
    ['epsv', ['worked', 'timedOut', 'timedOut', 'worked', 'worked'], 'server'],
  ] as const)('a site held to %s where a firewall blocks it is told so', (port, outcomes, side) => {
    const context = { ...anything, rungs: chooseRungs('auto', port) };
    const finding = gravest(judgeDataPorts(five(...outcomes), context));
    expect(finding).toMatchObject({ cause: `data-ports-filtered-${side}`, blocks: true });
    expect(finding?.explanation).toContain('the site is set to');
    expect(finding?.advice).toMatch(/^Let Portside choose the data port and the mode/);
    expect(finding?.fix?.changes).toEqual({ mode: 'auto', dataPort: 'auto' });
  });

  test.each([
    ['client', ['timedOut', 'worked', 'worked', 'timedOut', 'timedOut'], 'nothing to do'],
    ['server', ['worked', 'timedOut', 'timedOut', 'worked', 'worked'], 'Until then'],
  ] as const)('a site that finds its way past a firewall on the %s side', (_, outcomes, advice) => {
    const finding = gravest(judgeDataPorts(five(...outcomes), anything));
    expect(finding).toMatchObject({ blocks: false });
    expect(finding?.advice).toContain(advice);
    expect(finding?.fix).toBeUndefined();
  });
});

test('whatever the trials show, something blocks exactly where the site is left no way', () => {
  const outcomes: TrialOutcome[] = [
    'worked',
    'refused',
    'timedOut',
    'broken',
    'notOffered',
    'notTried',
  ];
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom(...outcomes), { minLength: 5, maxLength: 5 }),
      fc.constantFrom(allRungs, chooseRungs('stream', 'auto'), chooseRungs('auto', 'pasv')),
      fc.constantFrom(undefined, 425, 522, 550),
      fc.boolean(),
      fc.constantFrom(undefined, '10.0.0.1'),
      (each, rungs, replyCode, usePassiveAddress, passiveAddress) => {
        const trials = five(...each).map((one) =>
          replyCode === undefined || one.outcome === 'worked' ? one : { ...one, replyCode },
        );
        const context = { rungs, usePassiveAddress, passiveAddress, canBrowse: true };
        const found = judgeDataPorts(trials, context);
        const works = trials.some(
          ({ rung, outcome }) =>
            outcome === 'worked' && rungs.some((one) => one.dataPort === rung.dataPort),
        );
        expect(found.some(({ blocks }) => blocks)).toBe(!works);
      },
    ),
  );
});
