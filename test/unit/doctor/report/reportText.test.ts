import { expect, test } from 'vitest';
import { reportText } from '../../../../src/doctor/report/reportText.ts';
import { someReport } from './someReport.ts';

test('a report as text tells everything: cause, advice, stages, data ports, firewalls', () => {
  const risk = 'Everything travels unprotected.';
  const fix = { label: 'Connect without TLS', changes: { security: 'none' }, risk } as const;
  expect(reportText(someReport({ fix })))
    .toBe(`Connection Doctor: ftp.example.com, port 21, security explicit

Cause: data-ports-filtered-server (likely)
The passive data ports cannot be reached. You can still work with this site.
Open them.
Fix: Connect without TLS.
Everything travels unprotected.

Name: ok. One address (4 ms)
  192.0.2.21: IPv4

Client 192.0.2.7, server 192.0.2.21
  block mode · default data port: worked; the server dials from port 20 to the client's port 40021
  stream mode · EPSV: no answer; the client dials to the server's port 50001
  stream mode · PASV: no answer; the client dials to the server's port 50002
  stream mode · EPRT: refused; the server dials to the client's port 41000
  stream mode · PORT: not offered; the server dials to the client
Firewalls must let through
  default: at the client in, to the port that it uses for the control connection; at the server out, from port 20
  epsv: at the client out, to any port; at the server in, to its passive ports (seen: 50001, 50002)
  pasv: at the client out, to any port; at the server in, to its passive ports (seen: 50001, 50002)
  eprt: at the client in, to the ports that it names (seen: 41000); at the server out, from port 20
  port: at the client in, to the ports that it names (seen: 41000); at the server out, from port 20
`);
});

test('what was skipped has no time', () => {
  const stage = {
    id: 'clock',
    title: 'Clock',
    outcome: 'skipped',
    ms: 0,
    summary: 'Not reached',
    tried: [],
  } as const;
  expect(reportText(someReport({ stages: [stage] }))).toContain('Clock: skipped. Not reached\n');
});
