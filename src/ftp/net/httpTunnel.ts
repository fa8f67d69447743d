import { ClientRequest } from 'node:http';
import type { Socket } from 'node:net';
import { raceAbort } from '../../base/abort.ts';
import { visibleText } from '../../base/visibleText.ts';
import { ProxyFailure, type ProxyProblem } from '../errors.ts';
import type { Proxy } from '../options.ts';

/**
 * RFC 9110, 9.3.6, over a socket that stands: asks the proxy to connect it to `target`. Rejects with
 * a `ProxyFailure`, or the signal's reason. What the server behind has said already is given back to
 * the socket.
 */
export async function connectByHttp(
  socket: Socket,
  target: { readonly host: string; readonly port: number },
  { user, password = '' }: Proxy,
  signal: AbortSignal,
): Promise<void> {
  const { host, port } = target;
  const authority = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  // RFC 7617, 2.
  const credentials = Buffer.from(`${user}:${password}`, 'utf8').toString('base64');
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  // Not request(): VS Code replaces that one for extensions, by one that has a proxy of its own.
  const request = new ClientRequest({
    method: 'CONNECT',
    path: authority,
    headers: {
      Host: authority,
      Connection: 'keep-alive',
      ...(user !== undefined && { 'Proxy-Authorization': `Basic ${credentials}` }),
    },
    createConnection: () => socket,
  });
  request.once('connect', ({ statusCode = 0, statusMessage = '' }, _socket, head) => {
    if (head.length > 0) socket.unshift(head);
    if (statusCode >= 200 && statusCode < 300) resolve();
    else reject(refusal(statusCode, statusMessage, user !== undefined));
  });
  request.on('error', (error) => reject(broken(error)));
  request.end();
  await raceAbort(promise, signal);
}

function refusal(status: number, text: string, hasUser: boolean): ProxyFailure {
  const problem = problemOf(status);
  const answer = `${status} ${visibleText(text)}`.trim();
  return new ProxyFailure(problem, `${words(problem, hasUser)} (${answer})`);
}

function problemOf(status: number): ProxyProblem {
  // tinyproxy 1.11 says 401, and not 407, to a wrong password.
  if (status === 407 || status === 401) return 'login';
  if (status === 403) return 'forbidden';
  // RFC 9110, 15.6: 502 and 504 are those of the way behind; 500 and 503 are what proxies say too.
  return [500, 502, 503, 504].includes(status) ? 'serverUnreachable' : 'protocol';
}

function words(problem: ProxyProblem, hasUser: boolean): string {
  switch (problem) {
    case 'login':
      return hasUser
        ? 'does not accept the user name and password'
        : 'asks for a user name and password';
    case 'forbidden':
      return 'does not allow it by its rules';
    case 'serverUnreachable':
      return 'cannot reach the server';
    case 'unreachable':
    case 'protocol':
      return 'does not connect to other hosts';
    default:
      return problem satisfies never;
  }
}

function broken(cause: Error): ProxyFailure {
  const answered = 'code' in cause && String(cause.code).startsWith('HPE_');
  const why = answered ? 'does not speak HTTP' : 'broke off without an answer';
  return new ProxyFailure('protocol', why, { cause });
}
